import type { Clock } from '../../clock.ts'
import type { ServiceSettings } from '../../config/schema.ts'
import { collect, type CollectedAnswer } from '../../services/collect.ts'
import { PassingSink } from '../../services/passing-sink.ts'
import type { Call, CallContext, CallHead, Flow, Service, Sink } from '../../services/service.ts'
import type { ServiceMetrics } from '../../telemetry/service-metrics.ts'
import { exactText } from './exact.ts'
import { Flights } from './flights.ts'
import type { Inputs } from './inputs.ts'
import type { Writes } from './writes.ts'

/** A service that shares its answers, with what it takes to tell calls apart. */
export interface SharingService {
  readonly inputs: Inputs
  readonly writes: Writes
  readonly timeout: Pick<ServiceSettings['timeout'], 'total'>
}

/** The answer to a call that may be shared, and whether another request made the call. */
export interface Taken {
  readonly answer: Promise<CollectedAnswer>
  readonly joined: boolean
}

export interface SharedCallParts {
  readonly services: ReadonlyMap<string, SharingService>
  readonly clock: Clock
  readonly metrics: Pick<ServiceMetrics, 'callsShared'>
}

/** GETs of compositions that are under way, for whoever would make the very same call now. */
export class SharedCalls {
  readonly #parts: SharedCallParts
  readonly #flights: Flights<CollectedAnswer>

  constructor(parts: SharedCallParts) {
    this.#parts = parts
    this.#flights = new Flights(parts.clock)
  }

  /** Makes a call, or joins an equal one; undefined where the call is nobody else's business. */
  take(service: Service, call: Call, context: CallContext, limits: { maxBytes: number }): Taken | undefined {
    const { services, clock, metrics } = this.#parts
    const sharing = services.get(service.name)
    if (sharing === undefined || call.method !== 'GET' || call.body !== null || call.upgrade !== undefined) return undefined
    // Whoever may not make the call is refused by the service's own rules, as ever.
    if (service.allows(call.method, call.path, context.identity) !== undefined) return undefined
    const { inputs, writes, timeout } = sharing
    const sent = inputs.sent(context)
    const key = sent === undefined ? undefined : exactText([service.name, writes.ended, call.path, Object.entries(call.headers), sent])
    if (key === undefined) return undefined
    const { flight, joined } = this.#flights.take(key, (signal, answering) => {
      return collect(telling(service, answering), call, inFlight(context, signal), limits)
    })
    if (joined) metrics.callsShared.inc({ service: service.name })
    const until = Math.min(context.deadline, clock.elapsed() + timeout.total)
    return { answer: flight.wait({ signal: context.signal, until }), joined }
  }
}

/** Each waiter's time is its own, so the call has none beside that of its attempts; it ends when nobody waits. */
function inFlight(context: CallContext, signal: AbortSignal): CallContext {
  return { ...context, signal, deadline: Infinity, timeouts: { ...context.timeouts, total: Infinity } }
}

/** A service that tells when its answer begins. */
function telling({ dispatch, ...service }: Service, answering: () => void): Service {
  return { ...service, dispatch: (call, context, sink) => dispatch(call, context, new TellingSink(sink, answering)) }
}

class TellingSink extends PassingSink {
  readonly #answering: () => void

  constructor(sink: Sink, answering: () => void) {
    super(sink)
    this.#answering = answering
  }

  override head(head: CallHead, flow: Flow): void {
    this.#answering()
    super.head(head, flow)
  }
}
