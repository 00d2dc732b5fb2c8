import { once } from 'node:events'
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2'
import { isIP } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { SluiceError } from '../errors.ts'
import type { TargetTls } from './http.ts'
import { pinned } from './pinned-address.ts'

/** Most calls at a time over one connection, even where the service would take more: they fail together with it. */
const mostStreams = 100
/** How long a connection without calls is kept, in ms. */
const idleMs = 60_000

/** One connection to a target. */
export interface Held {
  readonly session: ClientHttp2Session
  /** Calls under way. */
  open: number
}

export interface SessionOptions {
  readonly origin: URL
  /** Where the origin's host was found. */
  readonly address?: string | undefined
  readonly connections: number
  readonly connectMs: number
  readonly tls: TargetTls
}

/** The service speaks HTTP/1.1 alone. */
export const otherProtocol = Symbol('HTTP/1.1')

/** Connections over HTTP/2 to one target; a new one is opened when all are full. */
export class Http2Sessions {
  readonly #options: SessionOptions
  readonly #held = new Set<Held>()
  readonly #waiting: (() => void)[] = []
  #opening: Promise<Held | typeof otherProtocol> | undefined
  /** Of the connection that is being opened. */
  #socket: TLSSocket | undefined
  #closed: SluiceError | undefined

  constructor(options: SessionOptions) {
    this.#options = options
  }

  /** A connection with room for a call, which is counted; rejects where none can be opened. */
  async take(): Promise<Held | typeof otherProtocol> {
    for (;;) {
      if (this.#closed !== undefined) throw this.#closed
      const free = this.#free()
      if (free !== undefined) {
        free.open += 1
        return free
      }
      if (this.#held.size >= this.#options.connections) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve))
        continue
      }
      this.#opening ??= this.#open().finally(() => (this.#opening = undefined))
      if ((await this.#opening) === otherProtocol) return otherProtocol
    }
  }

  give(held: Held): void {
    held.open -= 1
    if (held.open === 0 && !this.#held.has(held)) held.session.close()
    this.#waiting.shift()?.()
  }

  /** Gives the connection no further calls; it ends with the last of those it has. */
  retire(held: Held): void {
    this.#held.delete(held)
    if (held.open === 0) held.session.close()
    this.#wakeAll()
  }

  /** Ends all connections, and with them their calls; those that wait for one fail. */
  close(): void {
    this.#closed = new SluiceError('SERVICE_RESET', 'The connections to the service were closed.')
    this.#socket?.destroy(this.#closed)
    for (const { session } of this.#held) session.destroy()
    this.#held.clear()
    this.#wakeAll()
  }

  /** There is room for a connection, and so for many calls. */
  #wakeAll(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  #free(): Held | undefined {
    for (const held of this.#held) {
      const { session, open } = held
      const most = Math.min(mostStreams, session.remoteSettings.maxConcurrentStreams ?? mostStreams)
      if (open < most && !isLeft(session)) return held
    }
    return undefined
  }

  async #open(): Promise<Held | typeof otherProtocol> {
    const socket = startSocket(this.#options)
    socket.on('error', () => undefined)
    this.#socket = socket
    const late = () => socket.destroy(Object.assign(new Error('the connection took too long'), { code: 'ETIMEDOUT' }))
    const timer = setTimeout(late, this.#options.connectMs)
    try {
      await once(socket, 'secureConnect')
      if (socket.alpnProtocol === 'h2') return await this.#begin(socket)
      socket.destroy()
      return otherProtocol
    } finally {
      clearTimeout(timer)
      this.#socket = undefined
    }
  }

  /** How many calls a service takes is known with its settings, which come first (RFC 9113 section 3.4). */
  async #begin(socket: TLSSocket): Promise<Held> {
    const session = connectHttp2(this.#options.origin, { createConnection: () => socket, settings: { enablePush: false }, maxHeaderListPairs: 512 })
    const held = { session, open: 0 }
    session.on('error', () => undefined)
    session.on('goaway', () => this.retire(held))
    session.on('close', () => this.retire(held))
    session.setTimeout(idleMs)
    session.on('timeout', () => {
      if (held.open === 0) this.retire(held)
    })
    session.unref()
    await new Promise<void>((resolve, reject) => {
      session.once('remoteSettings', () => {
        this.#held.add(held)
        resolve()
      })
      session.once('error', reject)
      session.once('close', () => reject(new Error('the service left before its settings')))
    })
    // Without an end here, the call would open one such connection after another.
    if (isLeft(session)) throw new Error('the service left as soon as it was there')
    return held
  }
}

function isLeft({ closed, destroyed }: ClientHttp2Session): boolean {
  return closed || destroyed
}

function startSocket({ origin, address, tls: { serverName, ...pems } }: SessionOptions): TLSSocket {
  const host = origin.hostname.replace(/^\[|\]$/g, '')
  const servername = serverName ?? (isIP(host) === 0 ? host : '')
  const port = Number(origin.port === '' ? 443 : origin.port)
  return connectTls({ host, port, servername, ALPNProtocols: ['h2', 'http/1.1'], ...pinned(address), ...pems })
}
