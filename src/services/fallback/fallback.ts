import { Readable } from 'node:stream'
import type { FallbackSettings } from '../../config/schema.ts'
import type { Fallback } from '../../exchange.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { PassingSink } from '../passing-sink.ts'
import type { Call, CallHead, Dispatch, Flow, Service, Sink } from '../service.ts'
import { compileFixed } from './fixed.ts'
import type { LastGood } from './last-good.ts'
import { fromGood, keepGood } from './stale.ts'
import { withSubstitutes, type SinkOf, type Substitute } from './substitute.ts'

export interface FallbackParts {
  /** The name of the service that is called. */
  readonly service: string
  /** Finds the service that another's fallback names, once all are built. */
  readonly lookup: (name: string) => Service | undefined
  /** The service's last good answers, where settings ask for them. */
  readonly good: LastGood | null
  readonly metrics: Metrics
}

/** Reads: what answers them in a service's place takes no effect that is missed. QUERY is RFC 10008's. */
const reads = new Set(['GET', 'HEAD', 'QUERY'])

/**
 * Lets a read be answered in the service's place when it fails before its head, or is answered with 500, 502, 503 or
 * 504: by the first of its last good answer, another service and a fixed answer that can. If none can, what the service
 * said goes on untouched.
 */
export function withFallback(next: Dispatch, settings: FallbackSettings, parts: FallbackParts): Dispatch {
  const { good } = parts
  const respond = settings.respond === undefined ? [] : [marked(compileFixed(settings.respond), 'static', parts)]
  const service = settings.service === undefined ? [] : [fromService(settings.service, respond, parts)]
  const stale = good === null ? [] : [marked(fromGood(good), 'stale', parts)]
  const covered = withSubstitutes(good === null ? next : keepGood(next, good), [...stale, ...service, ...respond])
  return (call, context, sink) => (isRead(call) ? covered(call, context, sink) : next(call, context, sink))
}

function isRead({ method, body, upgrade }: Call): boolean {
  return reads.has(method) && upgrade === undefined && !(body instanceof Readable)
}

/** Sends the call to another service, under that one's own rules. What it cannot answer either is left to `rest`. */
function fromService(name: string, rest: readonly Substitute[], parts: FallbackParts): Substitute {
  return (call, context, sink) => {
    const other = parts.lookup(name)
    if (other === undefined || other.allows(call.method, call.path, context.identity) !== undefined) return false
    // Groups of targets are those of the service that failed.
    const ask: Dispatch = (call, context, sink) => other.dispatch(call, { ...context, group: undefined }, sink)
    withSubstitutes(ask, rest, markWith('service', parts))(call, context, sink)
    return true
  }
}

function marked(substitute: Substitute, kind: Fallback, parts: FallbackParts): Substitute {
  const mark = markWith(kind, parts)
  return (call, context, sink) => substitute(call, context, mark(context, sink))
}

/** Says of an answer what gave it. */
function markWith(kind: Fallback, { service, metrics }: FallbackParts): SinkOf {
  return ({ facts }, sink) => new MarkingSink(sink, kind, () => {
    if (facts !== undefined) facts.fallback = kind
    metrics.services.fallbacks.inc({ service, kind })
  })
}

class MarkingSink extends PassingSink {
  readonly #kind: Fallback
  readonly #note: () => void

  constructor(sink: Sink, kind: Fallback, note: () => void) {
    super(sink)
    this.#kind = kind
    this.#note = note
  }

  override head(head: CallHead, flow: Flow): void {
    this.#note()
    super.head({ ...head, fallback: this.#kind }, flow)
  }
}
