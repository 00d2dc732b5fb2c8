import { Readable, type Duplex } from 'node:stream'
import { Pool, errors, type Dispatcher } from 'undici'
import { SluiceError, asSluiceError } from '../errors.ts'
import type { HeaderMap } from '../headers.ts'
import { Connection, type Line, type LineHandler } from './connection.ts'
import { pinned } from './pinned-address.ts'
import type { Call, CallFailure, Flow, Reached, Sending, Sink, Transport } from './service.ts'

/** Tells a service how long its answer is waited for, in ms from now. */
export const deadlineField = 'x-request-deadline'

export interface HttpTargetSettings {
  url: string
  /** Where the URL's host was found, instead of looking it up for each connection. */
  address?: string
  /** Most connections at a time. */
  connections: number
  /** To open a connection, in ms. */
  connectMs: number
  /** Whether HTTP/2 is offered to the target. */
  http2?: boolean
  tls?: TargetTls
}

/** How a target is known over TLS, and Sluice to it. */
export interface TargetTls {
  /** PEM of the authorities that vouch for the target; the system's where it is left out. */
  ca?: string
  /** PEM of the certificate that is shown to the target, and of its key. */
  cert?: string
  key?: string
  /** The name that the target's certificate must have; that of the URL where it is left out. */
  serverName?: string
}

/** One address of a service: a pool of connections and the way to send a call over them. */
export interface Target {
  readonly url: string
  readonly send: Transport
  close(): Promise<void>
}

/** Opens a target over HTTP/1.1. Deadlines are the caller's: the transport waits until it is told to stop. */
export function openHttpTarget({ url, address, connections, connectMs, tls = {} }: HttpTargetSettings): Target {
  const { origin, pathname } = new URL(url)
  const base = pathname.replace(/\/$/, '')
  const pool = new Pool(origin, {
    connections,
    connect: { timeout: connectMs, ...pinned(address), ...connectTls(tls) },
    // undici would offer HTTP/2, in which one connection's end fails many calls.
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    factory: (origin, options) => new Connection(origin, options),
  })
  return {
    url,
    send: (call, sink) => send(pool, base, call, sink),
    close: () => pool.destroy(),
  }
}

function connectTls({ serverName, ...pems }: TargetTls): { servername?: string; ca?: string; cert?: string; key?: string } {
  return { ...pems, ...(serverName === undefined ? {} : { servername: serverName }) }
}

function send(pool: Pool, base: string, call: Call, sink: Sink): Transfer {
  const transfer = new Transfer(sink, call.body instanceof Readable)
  try {
    pool.dispatch(
      { path: base + call.path, method: call.method, headers: sentHeaders(call), body: call.body, upgrade: call.upgrade ?? null },
      transfer,
    )
  } catch (thrown) {
    transfer.fail(thrown)
  }
  return transfer
}

/** What is sent of a call's fields, names and values in turn: those with a value, and the time that the service has, in whole ms. */
function sentHeaders({ headers, within }: Call): string[] {
  const sent: string[] = []
  for (const name in headers) {
    const value = headers[name]
    if (typeof value === 'string') sent.push(name, value)
    else for (const each of value ?? []) sent.push(name, each)
  }
  if (within !== undefined) sent.push(deadlineField, String(Math.floor(within)))
  return sent
}

/** Carries one call's answer from undici to a sink, and what stops it the other way. */
class Transfer implements LineHandler, Flow, Sending {
  readonly #sink: Sink
  readonly #streams: boolean
  #controller: Dispatcher.DispatchController | undefined
  #line: Line | undefined
  #reused = false
  #reached: Reached = 'not-sent'
  #over = false

  constructor(sink: Sink, streams: boolean) {
    this.#sink = sink
    this.#streams = streams
  }

  cancel(reason: unknown): void {
    if (this.#over) return
    this.fail(reason)
    this.#controller?.abort(asError(reason))
  }

  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    this.#controller?.resume()
  }

  stop(reason: SluiceError): void {
    this.cancel(reason)
  }

  takes(line: Line): void {
    this.#line = line
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#over) return controller.abort(new Error('the call was ended before it began'))
    if (this.#line !== undefined) {
      this.#reused = this.#line.begun++ > 0
      this.#line.awaiting = true
    }
    this.#sink.begin?.()
    // The head of a streamed body waits for the body's first bytes.
    if (!this.#streams) this.#reached = 'sent'
  }

  onBodySent(): void {
    this.#sent(false)
  }

  onRequestSent(): void {
    this.#sent(true)
  }

  #sent(whole: boolean): void {
    // An answer may come before the request is whole.
    if (this.#reached === 'not-sent') this.#reached = 'sent'
    if (!this.#over) this.#sink.sent?.(whole)
  }

  onResponseStarted(): void {
    this.#reached = 'answered'
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: HeaderMap): void {
    if (this.#over) return
    if (status < 200) return this.#sink.interim?.({ status, headers })
    if (!framedOnce(headers)) return controller.abort(ambiguous())
    this.#sink.head({ status, headers }, this)
  }

  onRequestUpgrade(_controller: Dispatcher.DispatchController, status: number, headers: HeaderMap, socket: Duplex): void {
    if (this.#line !== undefined) Object.assign(this.#line, { socket: null, awaiting: false })
    // undici has taken its own listeners off, and an error that nobody listens for ends the process.
    socket.on('error', () => undefined)
    if (!this.#finish()) return void socket.destroy()
    if (this.#sink.upgrade === undefined) socket.destroy()
    this.#sink.upgrade?.({ status, headers }, socket)
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#over) this.#sink.data(chunk)
  }

  onResponseEnd(_controller: Dispatcher.DispatchController, trailers: HeaderMap): void {
    // A body that only the connection's end delimits looks whole to the parser even where that end was a reset.
    const reset = this.#line?.socket?.errored
    if (reset !== null && reset !== undefined) return this.fail(reset)
    if (this.#finish()) this.#sink.end(trailers)
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: unknown): void {
    this.fail(error)
  }

  fail(thrown: unknown): void {
    if (this.#finish()) this.#sink.fail(this.#failure(thrown))
  }

  #failure(thrown: unknown): CallFailure {
    const error = failureOf(thrown, this.#reached)
    const stale = this.#reused && this.#reached !== 'answered' && error.code === 'SERVICE_RESET'
    return { error, reached: this.#reached, stale }
  }

  #finish(): boolean {
    if (this.#over) return false
    this.#over = true
    return true
  }
}

/** Whether an answer frames its body in one way that all understand (RFC 9112 section 6.3): a shorter reading may hide an answer. */
function framedOnce(headers: HeaderMap): boolean {
  const coding = headers['transfer-encoding']
  return coding === undefined || (String(coding).toLowerCase() === 'chunked' && headers['content-length'] === undefined)
}

function ambiguous(): SluiceError {
  return new SluiceError('SERVICE_ANSWER_INVALID', "The service's answer says in two ways where its body ends.")
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted')
}

const timeouts = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'])
const resets = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE', 'UND_ERR_CLOSED', 'UND_ERR_DESTROYED'])

/** Names what went wrong without saying where the service is; the cause stays for the log. */
export function failureOf(thrown: unknown, reached: Reached): SluiceError {
  if (thrown instanceof SluiceError) return thrown
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  if (timeouts.has(code)) return new SluiceError('SERVICE_TIMEOUT', 'No connection could be opened in time.', { cause: thrown })
  if (resets.has(code)) {
    return new SluiceError('SERVICE_RESET', 'The service closed the connection before its answer was complete.', { cause: thrown })
  }
  if (reached === 'answered' && code === '') return asSluiceError(thrown)
  if (reached === 'answered' || thrown instanceof errors.HTTPParserError) {
    return new SluiceError('SERVICE_ANSWER_INVALID', "The service's answer is not well-formed HTTP.", { cause: thrown })
  }
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH') {
    return new SluiceError('BAD_REQUEST', 'The request cannot be sent on: its body or a header does not fit.', { cause: thrown })
  }
  return new SluiceError('SERVICE_UNREACHABLE', 'No connection to the service could be opened.', { cause: thrown })
}
