import type { Duplex } from 'node:stream'
import type { Clock } from '../clock.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { PassingSink } from './passing-sink.ts'
import type { Call, CallContext, CallFailure, CallHead, Dispatch, Flow, Sink } from './service.ts'

/** Tells the exchange and the metrics of each call: once, when its head is there or it has failed. */
export function withRecord(next: Dispatch, service: string, metrics: Metrics, clock: Clock): Dispatch {
  return (call, context, sink) => {
    const started = clock.now()
    next(call, context, new RecordingSink(sink, (status, failure) => {
      metrics.calls.inc({ service, outcome: failure?.error.code ?? String(status) })
      record(call, context, { service, status, code: failure?.error.code ?? null, ms: clock.now() - started })
    }))
  }
}

type Facts = Omit<Parameters<NonNullable<CallContext['record']>>[0], 'method'>

function record(call: Call, context: CallContext, facts: Facts): void {
  context.record?.({ method: call.method, ...facts })
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
