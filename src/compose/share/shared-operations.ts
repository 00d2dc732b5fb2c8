import type { Clock } from '../../clock.ts'
import { contextOf } from '../../services/context.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import type { Task } from '../execute.ts'
import type { Answered } from '../executed.ts'
import { readReference } from '../expression.ts'
import type { Given } from '../plan/given.ts'
import type { Plan } from '../plan/plan.ts'
import { exactText } from './exact.ts'
import { Flights } from './flights.ts'
import { reachOf } from './reach.ts'
import type { SharingService } from './shared-calls.ts'

export interface SharedOperationParts {
  readonly services: ReadonlyMap<string, SharingService>
  readonly clock: Clock
  readonly metrics: Pick<Metrics, 'operationsShared'>
}

/** Queries that are under way, for whoever asks the very same now and would get the very same. */
export class SharedOperations {
  readonly #parts: SharedOperationParts
  readonly #flights: Flights<Answered>

  constructor(parts: SharedOperationParts) {
    this.#parts = parts
    this.#flights = new Flights(parts.clock)
  }

  /**
   * Executes a plan, or joins an equal execution. `execute` is this request's own: with a signal, what it does may
   * outlive the request.
   */
  async take(plan: Plan, given: Given, task: Task, execute: (signal?: AbortSignal) => Promise<Answered>): Promise<Answered> {
    const key = this.#keyOf(plan, given, task)
    if (key === undefined) return execute()
    const { exchange } = task
    const { flight, joined } = this.#flights.take(key, execute)
    if (joined) this.#parts.metrics.operationsShared.inc({})
    const answered = await flight.wait({ signal: exchange.signal, until: Infinity })
    if (!joined) return answered
    // The time that ran out was that of whoever began; this one has more.
    if (answered.errors.some(({ extensions }) => extensions['code'] === 'SERVICE_TIMEOUT')) return execute()
    exchange.record.fields['sharedOperation'] = true
    return answered
  }

  /** All that the answer depends on; undefined where somebody else's answer would not do. */
  #keyOf(plan: Plan, given: Given, { args, exchange }: Task): string | undefined {
    const text = args.document.loc?.source.body
    const reach = reachOf(plan)
    if (text === undefined || !reach.reads || !reach.written || reach.services.length === 0) return undefined
    const { identity } = exchange
    const context = contextOf(exchange)
    const services = reach.services.map((name) => {
      const service = this.#parts.services.get(name)
      const sent = service?.inputs.sent(context)
      return service === undefined || sent === undefined ? undefined : [service.writes.ended, sent, service.inputs.allowed(identity)]
    })
    if (services.includes(undefined)) return undefined
    const values = exactText([args.variableValues ?? {}, ...reach.identity.map((reference) => readReference(reference, { arguments: {}, identity }) ?? null)])
    if (values === undefined) return undefined
    return JSON.stringify([text, args.operationName ?? null, values, given.refusals.map((refusal) => refusal?.message ?? null), services])
  }
}
