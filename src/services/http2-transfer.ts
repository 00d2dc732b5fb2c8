import { constants, type ClientHttp2Stream, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2'
import type { Readable } from 'node:stream'
import { SluiceError } from '../errors.ts'
import type { HeaderMap } from '../headers.ts'
import { failureOf } from './failure.ts'
import { deadlineField } from './http.ts'
import type { Held, Http2Sessions } from './http2-sessions.ts'
import type { Call, Flow, Reached, Sending, Sink } from './service.ts'

/** Fields that HTTP/2 has no place for (RFC 9113 section 8.2.2), or says in another way. */
const ofConnections = new Set(['connection', 'host', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'te', 'http2-settings'])

/** One call on one stream. */
export class Http2Transfer implements Flow, Sending {
  readonly #call: Call
  readonly #sink: Sink
  /** The call over another transport, to which it was handed. */
  #other: Sending | undefined
  #stream: ClientHttp2Stream | undefined
  #held: Held | undefined
  #sessions: Http2Sessions | undefined
  #heardAtStart = 0
  #reached: Reached = 'not-sent'
  /** The service said where its answer ends, which a reset does not. */
  #whole = false
  #over = false
  #trailers: HeaderMap = {}

  constructor(call: Call, sink: Sink) {
    this.#call = call
    this.#sink = sink
  }

  /** Hands the call to another transport, if nothing ended it meanwhile. */
  leave(send: () => Sending): void {
    if (this.#finish()) this.#other = send()
  }

  pause(): void {
    this.#stream?.pause()
  }

  resume(): void {
    this.#stream?.resume()
  }

  stop(reason: SluiceError): void {
    this.cancel(reason)
  }

  cancel(reason: unknown): void {
    if (this.#over) return this.#other?.cancel(reason)
    const silent = this.#reached === 'sent' && this.#held?.session.socket.bytesRead === this.#heardAtStart
    this.fail(reason)
    // A connection on which nothing came back may be dead, and would take every further call with it.
    if (silent && this.#held !== undefined) this.#sessions?.retire(this.#held)
    // Node's `close` may say that the body ends before it resets the stream, and the call would look whole.
    this.#stream?.destroy(new Error('the call was ended'))
  }

  run(held: Held, authority: string, sessions: Http2Sessions): void {
    if (this.#over) return sessions.give(held)
    this.#held = held
    this.#sessions = sessions
    this.#heardAtStart = held.session.socket.bytesRead
    try {
      this.#begin(held.session.request(headersOf(this.#call, authority), { endStream: this.#call.body === null }))
    } catch (thrown) {
      sessions.give(held)
      this.fail(new SluiceError('BAD_REQUEST', 'The request cannot be sent on: a header does not fit.', { cause: thrown }))
    }
  }

  fail(thrown: unknown): void {
    const refused = this.#stream?.rstCode === constants.NGHTTP2_REFUSED_STREAM && this.#reached === 'sent'
    // A service that refuses a stream has not looked at it (RFC 9113 section 8.7).
    const reached = refused ? 'not-sent' : this.#reached
    if (this.#finish()) this.#sink.fail({ error: failureOf(thrown, reached), reached, stale: refused })
  }

  #begin(stream: ClientHttp2Stream): void {
    this.#stream = stream
    this.#sink.begin?.()
    this.#reached = 'sent'
    this.#listen(stream)
    const { body } = this.#call
    if (body === null) return this.#sink.sent?.(true)
    stream.once('finish', () => {
      if (!this.#over) this.#sink.sent?.(true)
    })
    if (typeof body === 'string' || Buffer.isBuffer(body)) stream.end(body)
    else this.#send(body, stream)
  }

  #send(body: Readable, stream: ClientHttp2Stream): void {
    body.on('data', () => {
      if (!this.#over) this.#sink.sent?.(false)
    })
    const broken = (error?: Error) => {
      if (stream.writableEnded || stream.destroyed) return
      this.fail(error ?? new SluiceError('CLIENT_GONE', 'The request broke off before it was complete.'))
      stream.destroy(new Error('the request broke off'))
    }
    body.once('error', broken)
    body.once('close', () => broken())
    body.pipe(stream)
  }

  #listen(stream: ClientHttp2Stream): void {
    const push = stream.push.bind(stream)
    stream.push = (chunk: unknown, encoding?: BufferEncoding) => {
      // Node ends the body of a stream that was reset too, but only once the stream is closed.
      if (chunk === null && !stream.closed) this.#whole = true
      return push(chunk, encoding)
    }
    stream.on('error', (error: Error) => this.fail(cutError(stream, error)))
    stream.on('headers', (headers) => {
      if (!this.#over) this.#sink.interim?.(headOf(headers))
    })
    stream.on('response', (headers) => this.#head(stream, headers))
    stream.on('data', (chunk: Buffer) => {
      if (!this.#over) this.#sink.data(chunk)
    })
    stream.on('trailers', (headers: IncomingHttpHeaders) => (this.#trailers = fieldsOf(headers)))
    stream.on('end', () => {
      if (this.#whole && this.#reached === 'answered' && this.#finish()) this.#sink.end(this.#trailers)
    })
    stream.on('close', () => {
      this.fail(cutError(stream))
      if (this.#held !== undefined) this.#sessions?.give(this.#held)
    })
  }

  #head(stream: ClientHttp2Stream, headers: IncomingHttpHeaders): void {
    if (this.#over) return
    this.#reached = 'answered'
    try {
      this.#sink.head(headOf(headers), this)
    } catch (thrown) {
      // A head that cannot go on, such as one with a status of 600, ends the call; thrown from here it would end the process.
      this.fail(thrown)
      stream.destroy()
    }
  }

  #finish(): boolean {
    if (this.#over) return false
    this.#over = true
    return true
  }
}

function cutError({ rstCode }: ClientHttp2Stream, cause?: Error): SluiceError {
  return rstCode === constants.NGHTTP2_PROTOCOL_ERROR
    ? new SluiceError('SERVICE_ANSWER_INVALID', "The service's answer is not well-formed HTTP/2.", { cause })
    : new SluiceError('SERVICE_RESET', 'The service broke off before its answer was complete.', { cause })
}

function headersOf({ method, path, headers, within }: Call, authority: string): OutgoingHttpHeaders {
  const sent: OutgoingHttpHeaders = { ':method': method, ':path': path, ':scheme': 'https', ':authority': authority }
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined || ofConnections.has(name)) continue
    sent[name] = Array.isArray(value) ? value.join(name === 'cookie' ? '; ' : ', ') : value
  }
  if (within !== undefined) sent[deadlineField] = String(Math.floor(within))
  return sent
}

function headOf(headers: IncomingHttpHeaders): { status: number; headers: HeaderMap } {
  return { status: Number(headers[':status']), headers: fieldsOf(headers) }
}

function fieldsOf(headers: IncomingHttpHeaders): HeaderMap {
  const map: HeaderMap = {}
  for (const name in headers) if (!name.startsWith(':')) map[name] = headers[name]
  return map
}
