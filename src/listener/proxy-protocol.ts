import type { Socket } from 'node:net'
import { compileRanges, type InRanges } from '../address-range.ts'
import type { Clock } from '../clock.ts'
import { parseProxyHeader, type Origin } from './proxy-header.ts'

/**
 * Reads the PROXY protocol header with which the connections of load balancers begin, and gives them the client's
 * address. What is no such connection is closed: whoever could leave the header out could choose who to be.
 */
export class ProxyProtocol {
  readonly #isSender: InRanges
  readonly #waitMs: number
  readonly #clock: Clock
  /** By the load balancer's own address and port: TLS knows its connections by no other name. */
  readonly #origins = new Map<string, Origin>()

  /** `from` are addresses and CIDRs; `waitMs` is how long the header may take. */
  constructor(from: readonly string[], waitMs: number, clock: Clock) {
    this.#waitMs = waitMs
    this.#clock = clock
    this.#isSender = compileRanges(from)
  }

  /** Calls `next` once the header is read, with what follows it still to be read; `refused` instead of it with why. */
  read(socket: Socket, next: () => void, refused: (reason: string) => void): void {
    const refuse = (reason: string) => {
      refused(reason)
      socket.destroy()
    }
    if (!this.#isSender(socket.remoteAddress ?? '')) return refuse('its sender is none that is listed')
    const stop = this.#clock.after(this.#waitMs, () => refuse('it did not come in time'))
    socket.once('close', stop)
    let bytes = Buffer.alloc(0)
    const read = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk])
      const header = parseProxyHeader(bytes)
      if (header === 'more') return
      socket.off('data', read)
      socket.pause()
      stop()
      if (header === null) return refuse('it is malformed')
      if (header.origin !== null) this.#remember(socket, header.origin)
      if (bytes.length > header.length) socket.unshift(bytes.subarray(header.length))
      next()
    }
    socket.on('data', read)
  }

  /** Gives the connection of TLS the address of the one that it runs over. */
  apply(socket: Socket): void {
    const origin = this.#origins.get(nameOf(socket))
    if (origin !== undefined) pretend(socket, origin)
  }

  #remember(socket: Socket, origin: Origin): void {
    const name = nameOf(socket)
    this.#origins.set(name, origin)
    socket.once('close', () => this.#origins.delete(name))
    pretend(socket, origin)
  }
}

function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? ''} ${remotePort ?? ''}`
}

function pretend(socket: Socket, { address, port }: Origin): void {
  Object.defineProperties(socket, { remoteAddress: { value: address }, remotePort: { value: port } })
}
