import { ClientSink } from './client-sink.ts'
import { SluiceError } from './errors.ts'
import { addVary } from './headers.ts'
import type { HttpExchange } from './incoming.ts'
import { compilePassed, type Passed } from './passed.ts'
import {
  compileRunner,
  type AnyPolicy,
  type CompiledStep,
  type GatewayParts,
  type PolicyMode,
  type PolicySteps,
  type RouteInfo,
  type Runner,
} from './policy.ts'

/** The end of a route: makes the call, or composes, and answers through the sink. */
export type End = (exchange: HttpExchange, sink: ClientSink) => void

/** A compiled route: the whole way of an exchange in one function. */
export interface Route {
  readonly info: RouteInfo
  /** The route that answers instead where a browser asks for a page. */
  readonly page?: Route
  readonly run: Runner<HttpExchange>
  /** Ends an exchange whose body comes too slowly, and answers with the error where nothing was answered yet. */
  readonly expire: (exchange: HttpExchange, error: SluiceError) => void
  /** Tells the policies that came to see the exchange that it is over. */
  readonly done: (exchange: HttpExchange) => void
}

/** Compiles the policies that a route needs and its end. The policies' list order is the order of execution. */
export function compileRoute(info: RouteInfo, end: End, policies: readonly AnyPolicy[], parts: GatewayParts): Route {
  const compiled = [...matchSteps(info), ...policies.flatMap((policy) => compilePolicy(policy, info, parts))]
  const passed = compilePassed(compiled.map(({ mode, steps }) => (mode === 'shadow' ? shadowed(steps) : steps)))
  const ending = {
    answer: (exchange: HttpExchange, answer: Parameters<ClientSink['answer']>[0]) => {
      new ClientSink(exchange, passed(exchange.reached)).answer(answer)
    },
    abandon: (exchange: HttpExchange) => void exchange.response.destroy(),
    arrive: (exchange: HttpExchange) => {
      if (!exchange.response.destroyed) end(exchange, new ClientSink(exchange, passed(exchange.reached)))
    },
  }
  return {
    info,
    run: compileRunner(compiled, ending, parts.log),
    expire: (exchange, error) => {
      // A call under way fails with the error, and that is then the answer.
      exchange.leave(error)
      ending.answer(exchange, error)
    },
    done: (exchange) => finish(exchange, passed(exchange.reached), parts),
  }
}

/** The end of requests that match no route. */
export const refuse: End = (exchange, sink) => {
  sink.answer(exchange.refusal ?? new SluiceError('ROUTE_NOT_FOUND', 'No route matches this host and path.'))
}

/** What the match owes to caches: where headers decide between routes, every answer on their paths depends on them. */
function matchSteps({ varies = [] }: RouteInfo): CompiledStep[] {
  if (varies.length === 0) return []
  return [{ policy: 'match', mode: 'enforce', steps: { answer: (_exchange, { headers }) => addVary(headers, ...varies) } }]
}

function compilePolicy(policy: AnyPolicy, info: RouteInfo, parts: GatewayParts): CompiledStep[] {
  if (info.kind === 'unmatched' && policy.unmatched !== true) return []
  const settings = info.policies[policy.key]
  const steps = policy.apply(info, settings, parts)
  return steps === undefined ? [] : [{ policy: policy.name, mode: modeOf(settings), steps }]
}

function modeOf(settings: unknown): PolicyMode {
  const shadow = typeof settings === 'object' && settings !== null && 'mode' in settings && settings.mode === 'shadow'
  return shadow ? 'shadow' : 'enforce'
}

/** In shadow a policy decides and is heard, but touches no answer. */
function shadowed({ request, done }: PolicySteps): PolicySteps {
  return { ...(request === undefined ? {} : { request }), ...(done === undefined ? {} : { done }) }
}

function finish(exchange: HttpExchange, passed: Passed, { log, metrics, clock }: GatewayParts): void {
  const { record, route, startedAt } = exchange
  metrics.exchanges.inc({ route, status: String(record.status) })
  // A WebSocket lasts for as long as it is wanted, which says nothing of how quick its route is.
  if (record.status !== 101) metrics.exchangeSeconds.observe({ route }, (clock.now() - startedAt) / 1000)
  if (record.refused !== null) metrics.refusals.inc({ ...record.refused, mode: 'enforce' })
  for (const { policy, code } of record.shadow) metrics.refusals.inc({ policy, code, mode: 'shadow' })
  for (const done of passed.done) {
    try {
      done(exchange)
    } catch (thrown) {
      log.error({ err: thrown, exchange: exchange.id }, 'a policy failed after the answer')
    }
  }
}
