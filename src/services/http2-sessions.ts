import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2'
import { isIP } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
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

  constructor(options: SessionOptions) {
    this.#options = options
  }

  /** A connection with room for a call, which is counted; rejects where none can be opened. */
  async take(): Promise<Held | typeof otherProtocol> {
    for (;;) {
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
    this.#waiting.shift()?.()
  }

  close(): void {
    for (const { session } of this.#held) session.destroy()
    this.#held.clear()
  }

  #free(): Held | undefined {
    for (const held of this.#held) {
      const { session, open } = held
      const most = Math.min(mostStreams, session.remoteSettings.maxConcurrentStreams ?? mostStreams)
      if (open < most && !session.closed && !session.destroyed) return held
    }
    return undefined
  }

  async #open(): Promise<Held | typeof otherProtocol> {
    const socket = await openSocket(this.#options)
    if (socket.alpnProtocol !== 'h2') {
      socket.destroy()
      return otherProtocol
    }
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
    this.#held.add(held)
    return held
  }
}

function openSocket({ origin, address, connectMs, tls: { serverName, ...pems } }: SessionOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const host = origin.hostname.replace(/^\[|\]$/g, '')
    const servername = serverName ?? (isIP(host) === 0 ? host : '')
    const port = Number(origin.port === '' ? 443 : origin.port)
    const socket = connectTls({ host, port, servername, ALPNProtocols: ['h2', 'http/1.1'], ...pinned(address), ...pems })
    const late = () => socket.destroy(Object.assign(new Error('the connection took too long'), { code: 'ETIMEDOUT' }))
    const timer = setTimeout(late, connectMs)
    socket.once('error', reject)
    socket.once('close', () => clearTimeout(timer))
    socket.once('secureConnect', () => {
      clearTimeout(timer)
      socket.off('error', reject)
      resolve(socket)
    })
  })
}
