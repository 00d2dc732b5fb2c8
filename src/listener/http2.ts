import { createServer, type Http2Session } from 'node:http2'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ListenerSettings } from '../config/schema.ts'
import { SluiceError } from '../errors.ts'
import { BodyRate } from './body-rate.ts'
import { HeadWatch } from './http2-heads.ts'
import { describe } from './http2-request.ts'
import { Http2Response } from './http2-response.ts'
import type { Protocol, ProtocolOptions } from './protocol.ts'
import { refusalOf } from './refusal.ts'
import { Http2Request } from './upload.ts'

/** Fields that a request line takes in HTTP/2. */
const pseudoHeaders = 4
/** Fields into which a client may split its cookies (RFC 9113 section 8.2.3). */
const cookieCrumbs = 32
/** Largest memory of one connection, in MB. */
const sessionMemory = 10
/** Bytes of bodies that one connection may have on the way to us. */
const sessionWindow = 1024 * 1024

/** Node's stand-ins, which have all that exchanges read and write of HTTP/1.1. */
type Incoming = Http2Request & IncomingMessage
type Outgoing = Http2Response & ServerResponse

/** HTTP/2 on connections that are handed over; to those who take its requests they look like HTTP/1.1. */
export class Http2 implements Protocol {
  readonly #options: ProtocolOptions
  readonly #server: ReturnType<typeof serverOf>
  readonly #rate: BodyRate
  readonly #heads: HeadWatch
  /** How many requests of each connection are under way. */
  readonly #sessions = new Map<Http2Session, number>()
  #closing = false

  constructor(options: ProtocolOptions) {
    const { settings, clock, log } = options
    this.#options = options
    this.#rate = new BodyRate(settings.uploads, clock)
    this.#heads = new HeadWatch(settings.timeouts.headers, clock)
    const server = serverOf(settings)
    server.on('session', (session) => this.#open(session))
    server.on('sessionError', (error) => log.debug({ err: error }, 'an HTTP/2 connection was ended'))
    server.on('request', (request: Incoming, response: Outgoing) => this.#request(request, response))
    server.on('checkContinue', (request: Incoming, response: Outgoing) => this.#request(request, response))
    server.on('connect', (request: Incoming, response: Outgoing) => this.#request(request, response, noTunnel()))
    this.#server = server
  }

  take(socket: Socket): void {
    this.#server.emit('connection', socket)
  }

  close(): void {
    this.#closing = true
    for (const session of this.#sessions.keys()) session.close()
  }

  dispose(): void {
    this.#rate.close()
    this.#heads.close()
  }

  #open(session: Http2Session): void {
    this.#sessions.set(session, 0)
    this.#heads.add(session)
    session.once('close', () => this.#sessions.delete(session))
    // A callback given to `setTimeout` would hear of the first silence only.
    session.setTimeout(this.#options.settings.timeouts.idle)
    session.on('timeout', () => {
      if (this.#sessions.get(session) === 0) session.close()
    })
    session.once('connect', () => session.setLocalWindowSize(sessionWindow))
    if (this.#closing) session.close()
  }

  #request(request: Incoming, response: Outgoing, refusal?: SluiceError): void {
    const { stream } = request
    const { session } = stream
    // A request that was taken back in the same breath is nobody's any more, and its `close` may be long past.
    if (session === undefined || stream.closed || stream.destroyed) return
    const { settings, handlers } = this.#options
    this.#count(session, 1)
    stream.once('close', () => this.#count(session, -1))
    stream.setTimeout(settings.timeouts.stalled)
    stream.on('timeout', () => {
      if (response.writableLength > 0) response.destroy()
    })
    describe(request)
    this.#rate.watch(request, response)
    handlers.request(request, response, refusal ?? refusalOf(request, settings.limits))
  }

  #count(session: Http2Session, more: number): void {
    const count = this.#sessions.get(session)
    if (count !== undefined) this.#sessions.set(session, count + more)
  }
}

/** RFC 9110 section 9.3.6. Node would answer without a body. */
function noTunnel(): SluiceError {
  return new SluiceError('BAD_REQUEST', 'CONNECT asks for a tunnel, and the gateway is none.')
}

/** Each limit said outright, so that another version of Node changes none of them. */
function serverOf({ http2, limits }: ListenerSettings) {
  return createServer({
    settings: { maxConcurrentStreams: http2.streams, maxHeaderListSize: limits.head, enablePush: false },
    maxHeaderListPairs: limits.headers + pseudoHeaders + cookieCrumbs,
    streamResetBurst: http2.resetBurst,
    streamResetRate: Math.max(1, Math.ceil((http2.resets.count * 1000) / http2.resets.periodMs)),
    maxSessionInvalidFrames: 100,
    maxSessionRejectedStreams: 100,
    maxSessionMemory: sessionMemory,
    maxOutstandingPings: 10,
    maxSettings: 32,
    maxDeflateDynamicTableSize: 4096,
    maxSendHeaderBlockLength: 256 * 1024,
    strictFieldWhitespaceValidation: true,
    Http2ServerRequest: Http2Request,
    Http2ServerResponse: Http2Response,
  })
}
