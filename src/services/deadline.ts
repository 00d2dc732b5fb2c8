import type { Duplex } from 'node:stream'
import type { Clock } from '../clock.ts'
import { SluiceError } from '../errors.ts'
import type { Call, CallContext, CallFailure, CallHead, Dispatch, Flow, Sink } from './service.ts'

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
 * body after a silence of `idle`. A body as such may last, since uploads, streams and long downloads do: while a
 * request's body flows the same silence counts, and the time for the head begins when all of it was sent.
 */
export function withDeadline(next: Dispatch, timeouts: Timeouts, clock: Clock): Dispatch {
  return (call, context, sink) => {
    const left = context.deadline - clock.now()
    const head = Math.max(0, Math.min(timeouts.attempt, timeouts.total, left))
    const timed = new TimedSink(sink, context, clock, { head, idle: timeouts.idle })
    if (isStream(call.body)) timed.awaitSending()
    else timed.awaitHead()
    next(call, { ...context, signal: timed.signal }, timed)
  }
}

function isStream(body: Call['body']): boolean {
  return body !== null && typeof body !== 'string' && !Buffer.isBuffer(body)
}

class TimedSink implements Sink {
  readonly #sink: Sink
  readonly #clock: Clock
  readonly #limits: { head: number; idle: number }
  readonly #outer: AbortSignal
  readonly #abort = new AbortController()
  readonly #passAbort: () => void
  #stop: () => void = () => undefined
  #paused = false
  #answered = false
  #over = false

  constructor(sink: Sink, context: CallContext, clock: Clock, limits: { head: number; idle: number }) {
    this.#sink = sink
    this.#clock = clock
    this.#limits = limits
    this.#outer = context.signal
    this.#passAbort = () => this.#abort.abort(this.#outer.reason)
    if (this.#outer.aborted) this.#passAbort()
    else this.#outer.addEventListener('abort', this.#passAbort, { once: true })
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  awaitHead(): void {
    this.#wait(this.#limits.head, 'The service did not answer in time.')
  }

  awaitSending(): void {
    this.#wait(this.#limits.idle, "The request's body made no progress on its way to the service.")
  }

  sent(whole: boolean): void {
    if (this.#answered) return
    if (whole) this.awaitHead()
    else this.awaitSending()
  }

  #wait(ms: number, sentence: string): void {
    this.#stop()
    if (ms === Infinity || this.#over) return
    this.#stop = this.#clock.after(ms, () => this.#abort.abort(new SluiceError('SERVICE_TIMEOUT', sentence)))
  }

  interim(head: CallHead): void {
    this.#sink.interim?.(head)
  }

  head(head: CallHead, flow: Flow): void {
    this.#answered = true
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

  upgrade(head: CallHead, socket: Duplex): void {
    this.#finish()
    this.#sink.upgrade?.(head, socket)
  }

  fail(failure: CallFailure): void {
    this.#finish()
    this.#sink.fail(failure)
  }

  /** A client that reads slowly is no silence of the service, so nothing is awaited while paused. */
  #awaitBody(): void {
    this.#wait(this.#limits.idle, "The service's answer stopped in the middle.")
  }

  #finish(): void {
    this.#over = true
    this.#stop()
    this.#outer.removeEventListener('abort', this.#passAbort)
  }
}
