import type { Duplex } from 'node:stream'
import type { Clock } from '../clock.ts'
import type { Metrics } from '../telemetry/metrics.ts'
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

class RecordingSink implements Sink {
  readonly #sink: Sink
  readonly #tell: (status: number | null, failure?: CallFailure) => void
  #told = false

  constructor(sink: Sink, tell: (status: number | null, failure?: CallFailure) => void) {
    this.#sink = sink
    this.#tell = tell
  }

  interim(head: CallHead): void {
    this.#sink.interim?.(head)
  }

  head(head: CallHead, flow: Flow): void {
    this.#told = true
    this.#tell(head.status)
    this.#sink.head(head, flow)
  }

  data(chunk: Buffer): void {
    this.#sink.data(chunk)
  }

  end(): void {
    this.#sink.end()
  }

  upgrade(head: CallHead, socket: Duplex): void {
    this.#told = true
    this.#tell(head.status)
    this.#sink.upgrade?.(head, socket)
  }

  fail(failure: CallFailure): void {
    if (!this.#told) this.#tell(null, failure)
    this.#sink.fail(failure)
  }
}
