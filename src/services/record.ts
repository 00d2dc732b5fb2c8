import type { Duplex } from 'node:stream'
import type { Clock } from '../clock.ts'
import type { CallRecord } from '../exchange.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { PassingSink } from './passing-sink.ts'
import type { CallFailure, CallHead, Dispatch, Flow, Sink } from './service.ts'

/** Tells the exchange and the metrics of each call: once, when its head is there or it has failed. */
export function withRecord(next: Dispatch, service: string, metrics: Metrics, clock: Clock): Dispatch {
  return (call, context, sink) => {
    const facts = factsOf(service, call.method, context.group)
    const started = clock.elapsed()
    next(call, { ...context, facts }, new RecordingSink(sink, (status, failure) => {
      facts.status = status
      facts.code = failure?.error.code ?? null
      facts.reached = failure?.reached ?? 'answered'
      facts.ms = clock.elapsed() - started
      metrics.calls.inc({ service, outcome: facts.code ?? String(status) })
      context.record?.(facts)
    }))
  }
}

/** What is known of a call before it is made. */
export function factsOf(service: string, method: string, group?: string): CallRecord {
  return {
    service,
    method,
    status: null,
    code: null,
    ms: 0,
    reached: null,
    attempts: 0,
    hedged: false,
    target: null,
    group: group ?? null,
    breaker: null,
    queuedMs: 0,
    fallback: null,
    shadow: [],
  }
}

class RecordingSink extends PassingSink {
  readonly #tell: (status: number | null, failure?: CallFailure) => void
  #told = false

  constructor(sink: Sink, tell: (status: number | null, failure?: CallFailure) => void) {
    super(sink)
    this.#tell = tell
  }

  override head(head: CallHead, flow: Flow): void {
    this.#told = true
    this.#tell(head.status)
    super.head(head, flow)
  }

  override upgrade(head: CallHead, socket: Duplex): void {
    this.#told = true
    this.#tell(head.status)
    super.upgrade(head, socket)
  }

  override fail(failure: CallFailure): void {
    if (!this.#told) this.#tell(null, failure)
    super.fail(failure)
  }
}
