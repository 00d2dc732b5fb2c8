import type { Clock } from '../clock.ts'
import { SluiceError } from '../errors.ts'
import type { CallContext, CallFailure, CallHead, Dispatch, Flow, Sink } from './service.ts'

export interface Timeouts {
  /** From sending to the answer's head, in ms. */
  attempt: number
  /** From taking the call to the answer's head, all waiting included, in ms. */
  total: number
  /** Longest silence within the answer's body, in ms. */
  idle: number
}

/**
 * Ends a call whose answer is late: its head after the attempt or total time or the exchange's own deadline, its
 * body after a silence of `idle`. A body as such may last, since streams and long downloads do.
 */
export function withDeadline(next: Dispatch, timeouts: Timeouts, clock: Clock): Dispatch {
  return (call, context, sink) => {
    const left = Math.min(timeouts.attempt, timeouts.total, context.deadline - clock.now())
    const timed = new TimedSink(sink, context, clock, timeouts.idle)
    timed.wait(Math.max(0, left), 'The service did not answer in time.')
    next(call, { ...context, signal: timed.signal }, timed)
  }
}

class TimedSink implements Sink {
  readonly #sink: Sink
  readonly #clock: Clock
  readonly #idleMs: number
  readonly #outer: AbortSignal
  readonly #abort = new AbortController()
  readonly #passAbort: () => void
  #stop: () => void = () => undefined
  #paused = false

  constructor(sink: Sink, context: CallContext, clock: Clock, idleMs: number) {
    this.#sink = sink
    this.#clock = clock
    this.#idleMs = idleMs
    this.#outer = context.signal
    this.#passAbort = () => this.#abort.abort(this.#outer.reason)
    if (this.#outer.aborted) this.#passAbort()
    else this.#outer.addEventListener('abort', this.#passAbort, { once: true })
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  wait(ms: number, sentence: string): void {
    this.#stop()
    if (ms === Infinity) return
    this.#stop = this.#clock.after(ms, () => this.#abort.abort(new SluiceError('SERVICE_TIMEOUT', sentence)))
  }

  head(head: CallHead, flow: Flow): void {
    this.#awaitBody()
    this.#sink.head(head, {
      pause: () => {
        this.#paused = true
        this.#stop()
        flow.pause()
      },
      resume: () => {
        this.#paused = false
        this.#awaitBody()
        flow.resume()
      },
    })
  }

  data(chunk: Buffer): void {
    if (!this.#paused) this.#awaitBody()
    this.#sink.data(chunk)
  }

  end(): void {
    this.#finish()
    this.#sink.end()
  }

  fail(failure: CallFailure): void {
    this.#finish()
    this.#sink.fail(failure)
  }

  /** A client that reads slowly is no silence of the service, so nothing is awaited while paused. */
  #awaitBody(): void {
    this.wait(this.#idleMs, "The service's answer stopped in the middle.")
  }

  #finish(): void {
    this.#stop()
    this.#outer.removeEventListener('abort', this.#passAbort)
  }
}
