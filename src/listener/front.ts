import type { Socket } from 'node:net'
import { Http1 } from './http1.ts'
import { Http2 } from './http2.ts'
import type { Protocol, ProtocolOptions } from './protocol.ts'
import { ProxyProtocol } from './proxy-protocol.ts'
import { createTls } from './tls.ts'

/**
 * All that stands between a connection and its requests under one set of settings: PROXY protocol, TLS, HTTP. It is
 * replaced as a whole when the settings change, and keeps the connections that it has taken.
 */
export class Front {
  readonly #protocols: readonly Protocol[]
  readonly #enter: (socket: Socket) => void
  #connections = 0
  #replaced = false

  /** Throws where TLS can't be set up. */
  constructor(options: ProtocolOptions) {
    const [http1, http2] = [new Http1(options), new Http2(options)]
    const proxy = proxyOf(options)
    this.#protocols = [http1, http2]
    this.#enter = behindProxy(proxy, withTls(http1, http2, proxy, options), options)
  }

  /** Whether it has connections. */
  get busy(): boolean {
    return this.#connections > 0
  }

  take(socket: Socket): void {
    this.#connections += 1
    socket.once('close', () => {
      this.#connections -= 1
      this.#disposeLate()
    })
    this.#enter(socket)
  }

  /** Lets its connections go as soon as they are idle. */
  close(): void {
    for (const protocol of this.#protocols) protocol.close()
    this.replace()
  }

  /** No further connection comes; those there are live on. */
  replace(): void {
    this.#replaced = true
    this.#disposeLate()
  }

  #disposeLate(): void {
    if (this.#replaced && !this.busy) for (const protocol of this.#protocols) protocol.dispose()
  }
}

type Enter = (socket: Socket) => void

function withTls(http1: Http1, http2: Http2, proxy: ProxyProtocol | undefined, { settings, log }: ProtocolOptions): Enter {
  const { tls, timeouts } = settings
  if (tls === undefined) return (socket) => {
    http1.take(socket)
    // What came after a PROXY header waits to be read; TLS takes it on its own.
    if (socket.isPaused()) socket.resume()
  }
  const server = createTls({
    tls,
    handshakeMs: timeouts.handshake,
    opened: (socket, protocol) => {
      proxy?.apply(socket)
      const spoken = protocol === 'h2' ? http2 : http1
      spoken.take(socket)
    },
    failed: (error, socket) => log.debug({ err: error, address: socket.remoteAddress }, 'a TLS handshake failed'),
  })
  return (socket) => {
    // TLS and HTTP/2 end a connection whose other end is gone only where Node does that for them.
    socket.allowHalfOpen = false
    server.emit('connection', socket)
  }
}

function proxyOf({ settings: { proxyProtocol, timeouts }, clock }: ProtocolOptions): ProxyProtocol | undefined {
  return proxyProtocol === undefined ? undefined : new ProxyProtocol(proxyProtocol.from, timeouts.handshake, clock)
}

function behindProxy(proxy: ProxyProtocol | undefined, next: Enter, { log }: ProtocolOptions): Enter {
  if (proxy === undefined) return next
  return (socket) => {
    proxy.read(socket, () => next(socket), (reason) => log.debug({ reason }, 'a connection had no PROXY header'))
  }
}
