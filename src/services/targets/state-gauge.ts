import type { Gauge } from '../../telemetry/counter.ts'
import type { TargetState } from './target.ts'

const states: readonly TargetState[] = ['fit', 'unhealthy', 'ejected']

/** Tells the metrics how many targets are in which state; the pools of a service before and after a reload add up. */
export class StateGauge {
  readonly #gauge: Gauge<'service' | 'state'>
  readonly #service: string
  readonly #told: Record<TargetState, number> = { fit: 0, unhealthy: 0, ejected: 0 }

  constructor(gauge: Gauge<'service' | 'state'>, service: string) {
    this.#gauge = gauge
    this.#service = service
  }

  tell(targets: Iterable<{ readonly state: TargetState }>): void {
    const counts: Record<TargetState, number> = { fit: 0, unhealthy: 0, ejected: 0 }
    for (const { state } of targets) counts[state] += 1
    for (const state of states) {
      this.#gauge.inc({ service: this.#service, state }, counts[state] - this.#told[state])
      this.#told[state] = counts[state]
    }
  }
}
