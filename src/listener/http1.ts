import { createServer, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ListenerSettings } from '../config/schema.ts'
import { onUpgrade } from '../websocket/listener.ts'
import { BodyRate } from './body-rate.ts'
import type { Protocol, ProtocolOptions, Upgrader } from './protocol.ts'
import { garbageAnswer, refusalOf } from './refusal.ts'
import { Http1Request } from './upload.ts'

/** What is known of a connection. */
interface Connected {
  /** How many of its requests are under way. */
  busy: number
  /** Its newest answer; earlier ones go out before it. */
  newest: ServerResponse
}

/** HTTP/1.1 on connections that are handed over. */
export class Http1 implements Protocol {
  readonly #options: ProtocolOptions
  readonly #server: Server<typeof Http1Request>
  readonly #rate: BodyRate
  /** Connections that have brought a request. */
  readonly #connections = new WeakMap<Duplex, Connected>()
  #closing = false

  constructor(options: ProtocolOptions) {
    const { timeouts, limits, uploads } = options.settings
    this.#options = options
    this.#rate = new BodyRate(uploads, options.clock)
    this.#server = createServer({
      headersTimeout: timeouts.headers,
      // A limit on whole requests would cut long uploads.
      requestTimeout: 0,
      connectionsCheckingInterval: Math.max(20, Math.min(1000, timeouts.headers / 4)),
      keepAliveTimeout: timeouts.idle,
      maxHeaderSize: limits.head,
      requireHostHeader: false,
      IncomingMessage: Http1Request,
    })
    // Node would leave out headers above its own limit without a word; ours refuses the request.
    this.#server.maxHeadersCount = 0
    this.#server.timeout = timeouts.stalled
    this.#listen()
  }

  take(socket: Socket): void {
    this.#server.emit('connection', socket)
  }

  close(): void {
    this.#closing = true
    this.#server.closeIdleConnections()
  }

  dispose(): void {
    this.#rate.close()
    this.#server.close()
  }

  #listen(): void {
    const { settings } = this.#options
    const refuse = (error: Error, socket: Duplex) => this.#refuse(error, socket)
    // The server never listens itself; its watch over slow headers begins with this event.
    this.#server.emit('listening')
    this.#server.on('request', (request, response) => this.#request(request, response))
    // Node would say "100 Continue" before any policy has seen the request.
    this.#server.on('checkContinue', (request, response) => this.#request(request, response))
    this.#server.on('clientError', refuse)
    // The authority-form (RFC 9112 section 3.2.3): Sluice is no tunnel.
    this.#server.on('connect', (_request, socket) => refuse(new Error('CONNECT'), socket))
    this.#server.on('timeout', (socket: Socket) => this.#timeout(socket))
    onUpgrade(this.#server, () => this.#upgrader(settings.limits))
  }

  #request(request: Http1Request, response: ServerResponse): void {
    const { settings, handlers } = this.#options
    const connection = this.#begin(request.socket, response)
    if (this.#closing) response.shouldKeepAlive = false
    response.on('close', () => {
      connection.busy -= 1
      if (this.#closing) this.#server.closeIdleConnections()
    })
    this.#rate.watch(request, response)
    handlers.request(request, response, refusalOf(request, settings.limits))
  }

  /** A handshake that is larger than the listener takes is refused as any request is. */
  #upgrader(limits: ListenerSettings['limits']): Upgrader | undefined {
    const current = this.#options.handlers.upgrader()
    if (current === undefined) return undefined
    return {
      upgrades: (request) => refusalOf(request, limits) === undefined && current.upgrades(request),
      upgrade: (request, head) => current.upgrade(request, head),
    }
  }

  #refuse(error: Error & { code?: string }, socket: Duplex): void {
    if (!socket.writable || error.code === 'ECONNRESET' || this.#answering(socket)) return void socket.destroy()
    socket.end(garbageAnswer(error.code, this.#options.settings.limits))
  }

  /** Whether bytes of ours would now land within, or be taken for, the answer to an earlier request. */
  #answering(socket: Duplex): boolean {
    const response = this.#connections.get(socket)?.newest
    if (response === undefined || response.writableFinished) return false
    return response.headersSent || response.socket !== socket || response.req.complete
  }

  #begin(socket: Socket, response: ServerResponse): Connected {
    let connection = this.#connections.get(socket)
    if (connection === undefined) {
      connection = { busy: 0, newest: response }
      this.#connections.set(socket, connection)
    }
    connection.busy += 1
    connection.newest = response
    return connection
  }

  /** Silence is right while a service is awaited; not between requests, nor while an answer waits to be read. */
  #timeout(socket: Socket): void {
    const busy = this.#connections.get(socket)?.busy ?? 0
    if (busy === 0 || socket.writableLength > 0) socket.destroy()
  }
}

