import { Readable, type Duplex } from 'node:stream'
import type { ErrorCode } from '../../errors.ts'
import { PassingSink } from '../passing-sink.ts'
import type { CallFailure, CallHead, Dispatch, Flow, Sink } from '../service.ts'
import type { Limiter, Work } from './limiter.ts'

/**
 * Sends a call when the service has a place for it. A call holds its place while the service works on it:
 * until the answer's head, its failure or an upgrade, so that who reads slowly holds none. A call whose body
 * is still a stream waits for room too, but takes its place only when all of the body was sent, so that a
 * slow upload holds none either.
 */
export function withConcurrency(next: Dispatch, limiter: Limiter): Dispatch {
  return (call, context, sink) => {
    limiter.admit(context, {
      start() {
        const placed = new PlacedSink(sink, limiter)
        if (!(call.body instanceof Readable)) placed.take()
        next(call, context, placed)
      },
      fail: (error) => sink.fail({ error, reached: 'not-sent' }),
    })
  }
}

/** Statuses by which a service says that it cannot keep up. */
const overloadStatuses: readonly number[] = [429, 503, 504]
const overloadCodes: readonly ErrorCode[] = ['SERVICE_TIMEOUT', 'SERVICE_RESET', 'SERVICE_UNREACHABLE']

/** Holds a place from when it is taken until the service has done its work. */
class PlacedSink extends PassingSink {
  readonly #limiter: Limiter
  /** When the place was taken. */
  #begun: number | undefined
  #over = false

  constructor(sink: Sink, limiter: Limiter) {
    super(sink)
    this.#limiter = limiter
  }

  take(): void {
    this.#begun = this.#limiter.begin()
  }

  override sent(whole: boolean): void {
    if (whole && !this.#over && this.#begun === undefined) this.take()
    super.sent(whole)
  }

  override head(head: CallHead, flow: Flow): void {
    super.head(head, flow)
    this.#leave(workOf(head))
  }

  override upgrade(head: CallHead, socket: Duplex): void {
    super.upgrade(head, socket)
    this.#leave('answered')
  }

  override fail(failure: CallFailure): void {
    super.fail(failure)
    this.#leave(overloadCodes.includes(failure.error.code) ? 'dropped' : 'neither')
  }

  #leave(work: Work): void {
    if (this.#over) return
    this.#over = true
    if (this.#begun !== undefined) this.#limiter.end(this.#begun, work)
  }
}

/** How long an error takes says nothing of how long work does. */
function workOf({ status }: CallHead): Work {
  if (overloadStatuses.includes(status)) return 'dropped'
  return status < 500 ? 'answered' : 'neither'
}
