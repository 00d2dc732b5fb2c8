import { Readable, type Duplex } from 'node:stream'
import type { Clock } from '../clock.ts'
import { SluiceError, asSluiceError } from '../errors.ts'
import { Alarm } from './alarm.ts'
import { PassingSink } from './passing-sink.ts'
import type { Call, CallContext, CallFailure, CallHead, Dispatch, Flow, Sending, Sink, Timeouts, Transport } from './service.ts'

export interface TimeLimits extends Timeouts {
  /** Longest silence within a body, in ms. */
  idle: number
}

/**
 * Bounds all that a call waits for until its answer's head, the exchange's own deadline included. A streamed body may
 * take its time, since uploads do: for such a call the time begins when all of it was sent.
 */
export function withTotal(next: Dispatch, total: number, clock: Clock): Dispatch {
  return (call, context, sink) => {
    if (call.body instanceof Readable) return next(call, context, sink)
    const deadline = Math.min(context.deadline, clock.elapsed() + (context.timeouts?.total ?? total))
    next(call, { ...context, deadline }, sink)
  }
}

/**
 * Sends a call over a transport, and ends it when a connection, its answer's head, or the next piece of a body is
 * late. A body as such may last; while a request's body flows its silence counts, and the time for the head begins
 * when all of it was sent.
 */
export function sendInTime(
  transport: Transport, limits: TimeLimits, clock: Clock, call: Call, context: CallContext, sink: Sink,
): Sending {
  const { timeouts } = context
  const timed = new TimedSink(sink, context, clock, {
    connect: timeouts?.connect ?? limits.connect,
    attempt: timeouts?.attempt ?? limits.attempt,
    total: timeouts?.total ?? limits.total,
    idle: limits.idle,
  }, call.body instanceof Readable)
  timed.send(transport, call)
  return timed
}

class TimedSink extends PassingSink implements Flow, Sending {
  readonly #clock: Clock
  readonly #limits: TimeLimits
  readonly #deadline: number
  readonly #outer: AbortSignal
  readonly #onAbort = () => this.cancel(this.#outer.reason)
  readonly #streams: boolean
  readonly #alarm: Alarm
  /** What is late when the alarm rings. */
  #awaited = ''
  #transfer: Sending | undefined
  #flow: Flow | undefined
  #begun = false
  #paused = false
  #sending = false
  #over = false

  constructor(sink: Sink, context: CallContext, clock: Clock, limits: TimeLimits, streams: boolean) {
    super(sink)
    this.#clock = clock
    this.#alarm = new Alarm(clock, () => this.cancel(new SluiceError('SERVICE_TIMEOUT', this.#awaited)))
    this.#limits = limits
    this.#streams = streams
    this.#deadline = context.deadline
    this.#outer = context.signal
  }

  send(transport: Transport, call: Call): void {
    if (this.#outer.aborted) return this.fail({ error: asSluiceError(this.#outer.reason), reached: 'not-sent' })
    this.#outer.addEventListener('abort', this.#onAbort, { once: true })
    this.#transfer = transport({ ...call, within: this.#left }, this)
    this.#awaitConnection()
  }

  /** Time in which the answer's head must be there once the call is sent, in ms. */
  get #left(): number {
    const { attempt, total } = this.#limits
    return Math.max(0, Math.min(attempt, total, this.#deadline - this.#clock.elapsed()))
  }

  cancel(reason: unknown): void {
    if (!this.#over) this.#transfer?.cancel(reason)
  }

  pause(): void {
    this.#paused = true
    this.#alarm.pause()
    this.#flow?.pause()
  }

  resume(): void {
    this.#paused = false
    this.#awaitBody()
    this.#flow?.resume()
  }

  stop(reason: SluiceError): void {
    this.cancel(reason)
  }

  #awaitConnection(): void {
    if (this.#begun) return
    this.#wait(Math.min(this.#limits.connect, this.#left), 'No connection to the service could be opened in time.')
  }

  override begin(): void {
    this.#begun = true
    if (this.#streams) this.#awaitSending()
    else this.#awaitHead()
    super.begin()
  }

  override sent(whole: boolean): void {
    if (this.#sending) {
      if (whole) this.#awaitHead()
      else this.#awaitSending()
    }
    super.sent(whole)
  }

  override head(head: CallHead, flow: Flow): void {
    this.#begun = true
    this.#sending = false
    this.#awaitBody()
    this.#flow = flow
    super.head(head, this)
  }

  override data(chunk: Buffer): void {
    if (!this.#paused) this.#awaitBody()
    super.data(chunk)
  }

  override end(trailers?: CallHead['headers']): void {
    this.#finish()
    super.end(trailers)
  }

  override upgrade(head: CallHead, socket: Duplex): void {
    this.#finish()
    super.upgrade(head, socket)
  }

  override fail(failure: CallFailure): void {
    this.#finish()
    super.fail(failure)
  }

  #awaitSending(): void {
    this.#sending = true
    this.#wait(this.#limits.idle, "The request's body made no progress on its way to the service.")
  }

  #awaitHead(): void {
    this.#sending = false
    this.#wait(this.#left, 'The service did not answer in time.')
  }

  /** A client that reads slowly is no silence of the service, so nothing is awaited while paused. */
  #awaitBody(): void {
    this.#wait(this.#limits.idle, "The service's answer stopped in the middle.")
  }

  #wait(ms: number, sentence: string): void {
    if (this.#over) return
    this.#awaited = sentence
    this.#alarm.set(ms)
  }

  #finish(): void {
    this.#over = true
    this.#alarm.clear()
    this.#outer.removeEventListener('abort', this.#onAbort)
  }
}
