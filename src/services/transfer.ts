import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import { SluiceError } from '../errors.ts'
import type { HeaderMap } from '../headers.ts'
import type { Line, LineHandler } from './connection.ts'
import { failureOf } from './failure.ts'
import type { CallFailure, Flow, Reached, Sending, Sink } from './service.ts'

/** Carries one call's answer from undici to a sink, and what stops it the other way. */
export class Transfer implements LineHandler, Flow, Sending {
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
    // Thrown, it ends this request alone; an abort would end the connection too, and a body that a retry may be sending.
    if (this.#over) throw new Error('the call was ended before it began')
    this.#controller = controller
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
