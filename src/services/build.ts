import type { ServiceSettings } from '../config/schema.ts'
import { compileHeader, parseTemplate } from '../compose/expression.ts'
import { SluiceError } from '../errors.ts'
import { readPath } from '../match/path.ts'
import type { GatewayParts } from '../policy.ts'
import { compileAccess } from './access.ts'
import { compileAttempt } from './attempt.ts'
import { withTotal } from './deadline.ts'
import { withFallback } from './fallback/fallback.ts'
import { leaseLastGood } from './fallback/last-good.ts'
import { withConcurrency } from './limit/concurrency.ts'
import { withRecord } from './record.ts'
import { backoffMs } from './retry/backoff.ts'
import { compileHedge } from './retry/hedge.ts'
import { compileRetryRule } from './retry/rule.ts'
import { withTries } from './retry/tries.ts'
import type { Dispatch, Service } from './service.ts'
import { withStamp, type IdentityHeader } from './stamp.ts'
import { ServiceState } from './state.ts'
import { withWholeBody } from './whole-body.ts'

/** Longest time that a new gateway waits for the first lookup of its services' targets, in ms. */
const patience = 3000

/** Builds all services; resolves when their targets were looked up, or that takes too long. */
export async function buildServices(parts: GatewayParts): Promise<ReadonlyMap<string, Service>> {
  const services = new Map<string, Service>()
  const looked: Promise<void>[] = []
  for (const [name, settings] of Object.entries(parts.config.services)) {
    const state = leaseState(name, settings, parts)
    looked.push(state.ready)
    services.set(name, buildService(name, settings, state, parts, (other) => services.get(other)))
  }
  const enough = Promise.withResolvers<void>()
  const stop = parts.clock.after(patience, enough.resolve)
  await Promise.race([Promise.all(looked), enough.promise])
  stop()
  return services
}

/** What says who may call, what the service is told and what takes its place is no matter of its state. */
const stateless: ReadonlySet<string> = new Set(['access', 'identity', 'forward', 'naming', 'contract', 'fallback', 'hedge', 'share', 'select'])

function leaseState(name: string, settings: ServiceSettings, parts: GatewayParts): ServiceState {
  const own = Object.entries(settings).filter(([key]) => !stateless.has(key))
  return parts.lease(`service:${name}`, [own, parts.config.zone], () => new ServiceState(name, settings, parts), (state) => state.close())
}

/**
 * Builds a service: every call to it, whatever caused it, goes this way, from the last line of the function to the
 * first: recorded, checked against the access rules, perhaps answered by a fallback, stamped, its body gathered, timed,
 * admitted, and tried at one target or several.
 */
function buildService(
  name: string, settings: ServiceSettings, state: ServiceState, parts: GatewayParts, lookup: (name: string) => Service | undefined,
): Service {
  const { clock, metrics } = parts
  const allows = compileAllows(settings)
  let dispatch = withTries(triesOf(name, settings, state, parts))
  dispatch = withConcurrency(dispatch, state.limiter)
  dispatch = withTotal(dispatch, settings.timeout.total, clock)
  dispatch = withWholeBody(dispatch, settings.retry.body)
  dispatch = withStamp(dispatch, identityHeaders(settings), settings.forward)
  if (settings.fallback !== undefined) {
    dispatch = withFallback(dispatch, settings.fallback, { service: name, lookup, good: leaseLastGood(name, settings, parts), metrics })
  }
  dispatch = withAccess(dispatch, allows)
  return { name, dispatch: withRecord(dispatch, name, metrics, clock), allows }
}

function triesOf(
  service: string, { retry, breaker, hedge, timeout }: ServiceSettings, state: ServiceState, { clock, metrics }: GatewayParts,
): Parameters<typeof withTries>[0] {
  const { pool, latency, budget } = state
  const { tries, retriesRefused } = metrics.services
  return {
    attempt: compileAttempt({ pool, latency, limits: timeout, failing: new Set(breaker.statuses), clock }),
    attempts: retry.attempts,
    rule: compileRetryRule(retry),
    backoff: (nth) => backoffMs(nth, retry.backoff, Math.random),
    hedge: compileHedge(hedge, latency),
    budget,
    clock,
    tried: (reason) => tries.inc({ service, reason: String(reason) }),
    refused: (why) => retriesRefused.inc({ service, why }),
  }
}

function identityHeaders(settings: ServiceSettings): Record<string, IdentityHeader> {
  const headers = Object.entries(settings.identity?.headers ?? {}).map(([name, text]): [string, IdentityHeader] => {
    const write = compileHeader(parseTemplate(text))
    return [name, (identity) => write({ arguments: {}, identity })]
  })
  return Object.fromEntries(headers)
}

/** Reads the path as it will be sent, so that no route or field can reach a path past its rules. */
function compileAllows(settings: ServiceSettings): Service['allows'] {
  const access = compileAccess(settings.access)
  return (method, path, identity) => {
    const read = readPath(path)
    return read instanceof SluiceError ? read : access(method, read.segments, identity)
  }
}

function withAccess(next: Dispatch, allows: Service['allows']): Dispatch {
  return (call, context, sink) => {
    const refusal = allows(call.method, call.path, context.identity)
    if (refusal === undefined) next(call, context, sink)
    else sink.fail({ error: refusal, reached: 'not-sent' })
  }
}
