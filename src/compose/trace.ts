import type { Clock } from '../clock.ts'
import type { CallRecord } from '../exchange.ts'
import type { Call } from '../services/service.ts'

/** One call of an operation, as whoever may ask for it is told. Where the service is stays out of it. */
export interface TracedCall {
  readonly service: string
  readonly method: string
  readonly path: string
  /** When it began, in ms since the operation did. */
  readonly at: number
  /** Until the whole answer was there, in ms; null where it was not waited for. */
  ms: number | null
  status: number | null
  code: string | null
  attempts: number
  hedged: boolean
  fallback: string | null
  /** How many more fields took the same answer. */
  shared: number
}

/** Follows the calls of one operation. */
export class Trace {
  readonly calls: TracedCall[] = []
  readonly #clock: Clock
  readonly #began: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#began = clock.elapsed()
  }

  begin(service: string, { method, path }: Call): TracedCall {
    const call: TracedCall = {
      service, method, path, at: this.#elapsed(), ms: null, status: null, code: null, attempts: 0, hedged: false, fallback: null, shared: 0,
    }
    this.calls.push(call)
    return call
  }

  /** Takes over what the call's record says. */
  note(call: TracedCall, { status, code, attempts, hedged, fallback }: CallRecord): void {
    Object.assign(call, { status, code, attempts, hedged, fallback })
  }

  end(call: TracedCall): void {
    call.ms = this.#elapsed() - call.at
  }

  #elapsed(): number {
    return Math.round((this.#clock.elapsed() - this.#began) * 1000) / 1000
  }
}
