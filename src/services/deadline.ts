import type { Duplex } from 'node:stream'
import type { Clock } from '../clock.ts'
import { SluiceError } from '../errors.ts'
import { PassingSink } from './passing-sink.ts'
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
    const timed = new TimedSink(sink, context, clock, timeouts)
    if (isStream(call.body)) timed.awaitSending()
    else timed.awaitHead()
    next(call, { ...context, signal: timed.signal }, timed)
  }
}

function isStream(body: Call['body']): boolean {
  return body !== null && typeof body !== 'string' && !Buffer.isBuffer(body)
}

class TimedSink extends PassingSink {
  readonly #clock: Clock
  readonly #timeouts: Timeouts
  readonly #deadline: number
  readonly #outer: AbortSignal
  readonly #abort = new AbortController()
  readonly #passAbort: () => void
  #stop: () => void = () => undefined
  #paused = false
  #sending = false
  #over = false

  constructor(sink: Sink, context: CallContext, clock: Clock, timeouts: Timeouts) {
    super(sink)
    this.#clock = clock
    this.#timeouts = timeouts
    this.#deadline = context.deadline
    this.#outer = context.signal
    this.#passAbort = () => this.#abort.abort(this.#outer.reason)
    if (this.#outer.aborted) this.#passAbort()
    else this.#outer.addEventListener('abort', this.#passAbort, { once: true })
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  awaitHead(): void {
    this.#sending = false
    const { attempt, total } = this.#timeouts
    const left = Math.min(attempt, total, this.#deadline - this.#clock.now())
    this.#wait(Math.max(0, left), 'The service did not answer in time.')
  }

  awaitSending(): void {
    this.#sending = true
    this.#wait(this.#timeouts.idle, "The request's body made no progress on its way to the service.")
  }

  override sent(whole: boolean): void {
    if (!this.#sending) return
    if (whole) this.awaitHead()
    else this.awaitSending()
  }

  #wait(ms: number, sentence: string): void {
    this.#stop()
    if (ms === Infinity || this.#over) return
    this.#stop = this.#clock.after(ms, () => this.#abort.abort(new SluiceError('SERVICE_TIMEOUT', sentence)))
  }

  override head(head: CallHead, flow: Flow): void {
    this.#sending = false
    this.#awaitBody()
    super.head(head, {
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

  override data(chunk: Buffer): void {
    if (!this.#paused) this.#awaitBody()
    super.data(chunk)
  }

  override end(): void {
    this.#finish()
    super.end()
  }

  override upgrade(head: CallHead, socket: Duplex): void {
    this.#finish()
    super.upgrade(head, socket)
  }

  override fail(failure: CallFailure): void {
    this.#finish()
    super.fail(failure)
  }

  /** A client that reads slowly is no silence of the service, so nothing is awaited while paused. */
  #awaitBody(): void {
    this.#wait(this.#timeouts.idle, "The service's answer stopped in the middle.")
  }

  #finish(): void {
    this.#over = true
    this.#stop()
    this.#outer.removeEventListener('abort', this.#passAbort)
  }
}
