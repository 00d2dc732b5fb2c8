import type { Duplex } from 'node:stream'
import type { Clock } from '../clock.ts'
import { SluiceError, type ErrorCode } from '../errors.ts'
import { sendInTime, type TimeLimits } from './deadline.ts'
import type { Latency } from './latency.ts'
import { PassingSink } from './passing-sink.ts'
import type { Attempt } from './retry/try.ts'
import type { CallFailure, CallHead, Flow, Sink } from './service.ts'
import type { Pick, TargetPool } from './targets/pool.ts'

export interface AttemptParts {
  readonly pool: TargetPool
  readonly limits: TimeLimits
  /** Statuses that count as failures of the target. */
  readonly failing: ReadonlySet<number>
  readonly latency: Latency
  readonly clock: Clock
}

/** Sends a call to the target that the pool picks, in time, and tells breaker, pool and latency how it went. */
export function compileAttempt(parts: AttemptParts): Attempt {
  const { pool, limits, clock } = parts
  return (call, context, own) => {
    const picked = pool.pick(call, context, own.tried)
    if (picked instanceof SluiceError) return own.fail({ error: picked, reached: 'not-sent' })
    const { target } = picked
    own.target = target
    own.breaker = target.breaker.state
    own.sending = sendInTime(target.transport.send, limits, clock, call, context, new CountedSink(own, picked, parts))
  }
}

/** What speaks against the target; anything else is the client's, or our own doing. */
const ofTarget: ReadonlySet<ErrorCode> = new Set(['SERVICE_UNREACHABLE', 'SERVICE_RESET', 'SERVICE_TIMEOUT', 'SERVICE_ANSWER_INVALID'])

class CountedSink extends PassingSink {
  readonly #picked: Pick
  readonly #parts: AttemptParts
  /** When the service had all of the request, as far as is known. */
  #since: number
  /** Time to the head, in ms. */
  #ms = 0
  #judged = false

  constructor(sink: Sink, picked: Pick, parts: AttemptParts) {
    super(sink)
    this.#picked = picked
    this.#parts = parts
    this.#since = parts.clock.elapsed()
    picked.target.begin()
  }

  /** The time for an upload is not the service's. */
  override sent(whole: boolean): void {
    this.#since = this.#parts.clock.elapsed()
    super.sent(whole)
  }

  override head(head: CallHead, flow: Flow): void {
    this.#ms = this.#parts.clock.elapsed() - this.#since
    this.#parts.latency.observe(this.#ms)
    if (this.#parts.failing.has(head.status)) this.#failed()
    super.head(head, flow)
  }

  override end(trailers?: CallHead['headers']): void {
    this.#succeeded()
    this.#picked.target.end()
    super.end(trailers)
  }

  override upgrade(head: CallHead, socket: Duplex): void {
    this.#ms = this.#parts.clock.elapsed() - this.#since
    this.#succeeded()
    this.#picked.target.end()
    super.upgrade(head, socket)
  }

  override fail(failure: CallFailure): void {
    if (ofTarget.has(failure.error.code) && failure.stale !== true) this.#failed()
    else if (!this.#judged) this.#picked.permit.cancel()
    this.#picked.target.end()
    super.fail(failure)
  }

  #succeeded(): void {
    if (this.#judged) return
    this.#picked.permit.succeed(this.#ms)
    this.#parts.pool.report(this.#picked.target, 'success')
  }

  #failed(): void {
    if (this.#judged) return
    this.#judged = true
    this.#picked.permit.fail()
    this.#parts.pool.report(this.#picked.target, 'failure')
  }
}
