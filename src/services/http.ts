import { Pool, errors, type Dispatcher } from 'undici'
import { SluiceError } from '../errors.ts'
import type { HeaderMap } from '../headers.ts'
import type { Call, CallContext, CallFailure, Dispatch, Reached, Sink } from './service.ts'

export interface HttpTargetSettings {
  url: string
  /** Most connections at a time. */
  connections: number
  /** To open a connection, in ms. */
  connectMs: number
  /** PEM of the authorities that vouch for the target; the system's where it is left out. */
  ca?: string
}

/** One address of a service: a pool of connections and the way to send a call over them. */
export interface Target {
  readonly url: string
  readonly dispatch: Dispatch
  close(): Promise<void>
}

/** Opens a target over HTTP/1.1. Deadlines are the caller's: the transport waits for as long as the signal lets it. */
export function openHttpTarget({ url, connections, connectMs, ca }: HttpTargetSettings): Target {
  const { origin, pathname } = new URL(url)
  const base = pathname.replace(/\/$/, '')
  const pool = new Pool(origin, {
    connections,
    connect: { timeout: connectMs, ...(ca === undefined ? {} : { ca }) },
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  return {
    url,
    dispatch: (call, context, sink) => send(pool, base, call, context, sink),
    close: () => pool.destroy(),
  }
}

function send(pool: Pool, base: string, call: Call, context: CallContext, sink: Sink): void {
  const transfer = new Transfer(context.signal, sink)
  try {
    pool.dispatch(
      { path: base + call.path, method: call.method, headers: present(call.headers), body: call.body },
      transfer,
    )
  } catch (thrown) {
    transfer.fail(thrown)
  }
}

/** Drops fields without a value, which undici would refuse. */
function present(headers: HeaderMap): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) kept[name] = value
  }
  return kept
}

/** Carries one call's answer from undici to a sink, and the signal's abort the other way. */
class Transfer implements Dispatcher.DispatchHandler {
  readonly #signal: AbortSignal
  readonly #sink: Sink
  readonly #onAbort: () => void
  #controller: Dispatcher.DispatchController | undefined
  #reached: Reached = 'not-sent'
  #over = false

  constructor(signal: AbortSignal, sink: Sink) {
    this.#signal = signal
    this.#sink = sink
    this.#onAbort = () => this.#abort()
    signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#signal.aborted) return controller.abort(asError(this.#signal.reason))
    this.#reached = 'sent'
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: HeaderMap): void {
    if (this.#over || status < 200) return
    this.#reached = 'answered'
    this.#sink.head({ status, headers }, { pause: () => controller.pause(), resume: () => controller.resume() })
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#over) this.#sink.data(chunk)
  }

  onResponseEnd(): void {
    if (this.#finish()) this.#sink.end()
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: unknown): void {
    this.fail(error)
  }

  fail(thrown: unknown): void {
    if (this.#finish()) this.#sink.fail(this.#failure(thrown))
  }

  #abort(): void {
    const reason: unknown = this.#signal.reason
    this.fail(reason)
    this.#controller?.abort(asError(reason))
  }

  #failure(thrown: unknown): CallFailure {
    return { error: failureOf(thrown), reached: this.#reached }
  }

  #finish(): boolean {
    if (this.#over) return false
    this.#over = true
    this.#signal.removeEventListener('abort', this.#onAbort)
    return true
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted')
}

const timeouts = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'])
const resets = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE', 'UND_ERR_CLOSED', 'UND_ERR_DESTROYED'])

/** Names what went wrong without saying where the service is; the cause stays for the log. */
function failureOf(thrown: unknown): SluiceError {
  if (thrown instanceof SluiceError) return thrown
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  if (timeouts.has(code)) return new SluiceError('SERVICE_TIMEOUT', 'No connection could be opened in time.', { cause: thrown })
  if (resets.has(code)) {
    return new SluiceError('SERVICE_RESET', 'The service closed the connection before its answer was complete.', { cause: thrown })
  }
  if (thrown instanceof errors.HTTPParserError || code.startsWith('UND_ERR_RES') || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new SluiceError('SERVICE_ANSWER_INVALID', "The service's answer is not well-formed HTTP.", { cause: thrown })
  }
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH') {
    return new SluiceError('BAD_REQUEST', 'The request cannot be sent on: its body or a header does not fit.', { cause: thrown })
  }
  return new SluiceError('SERVICE_UNREACHABLE', 'No connection to the service could be opened.', { cause: thrown })
}
