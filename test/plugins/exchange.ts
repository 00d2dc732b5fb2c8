import { pino } from 'pino'
import type { Clock } from '../../src/clock.ts'
import type { Config } from '../../src/config/config.ts'
import { SluiceError, toProblem, type Answer } from '../../src/errors.ts'
import type { Exchange } from '../../src/exchange.ts'
import { anonymous } from '../../src/identity.ts'
import { compileRunner, type AnswerHead, type AnyPolicy, type CompiledStep, type GatewayParts, type RouteInfo } from '../../src/policy.ts'
import { Shared } from '../../src/shared.ts'
import { createMemoryState } from '../../src/state/memory.ts'
import { Metrics } from '../../src/telemetry/metrics.ts'
import { TestClock } from '../clock.ts'

/** An exchange as the server would make it. */
export function exchangeOf(more: Partial<Exchange> = {}): Exchange {
  return {
    id: 'the-id',
    method: 'GET',
    path: '/things',
    query: '',
    segments: ['things'],
    parameters: {},
    headers: {},
    outgoing: { ...more.headers },
    client: { address: '192.0.2.1', host: 'api.example.com', scheme: 'http' },
    route: 'things',
    openBody: () => null,
    signal: new AbortController().signal,
    startedAt: 0,
    identity: anonymous,
    bodyLimit: Infinity,
    reached: 0,
    consumed: new Set(),
    kept: new Map(),
    record: { status: 0, bytes: 0, code: null, cut: false, refused: null, calls: [], shadow: [], fields: {} },
    ...more,
  }
}

/** What a gateway lends; `lines` is its log. */
export function partsOf(config: Partial<Config> = {}, more: Partial<GatewayParts> = {}) {
  const lines: Record<string, unknown>[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) })
  const clock: Clock = more.clock ?? new TestClock()
  const shared = new Shared()
  const held: { release(): void }[] = []
  const whole: Config = {
    dir: '.', listeners: {}, admin: null, trustedProxies: [], overload: { inFlight: 10_000, delay: 200 }, state: 'memory', drain: 0, identity: {}, limits: {}, services: {},
    routes: {}, unmatched: {}, graphql: null, openapi: null, places: {}, ...config,
  }
  const parts: GatewayParts = {
    config: whole,
    state: createMemoryState({ clock }),
    clock,
    log,
    metrics: new Metrics(),
    load: { inFlight: 0, delay: 0, begin: () => () => undefined },
    random: Math.random,
    hold: (name, settings, create, dispose) => shared.lease(name, settings, create, dispose),
    lease(name, settings, create, dispose) {
      const lease = shared.lease(name, settings, create, dispose)
      held.push(lease)
      return lease.value
    },
    ...more,
  }
  return { parts, lines, close: () => held.splice(0).forEach((lease) => lease.release()) }
}

export interface Outcome {
  status: number
  headers: Record<string, string | string[] | undefined>
  /** The problem document's code, where it is one. */
  code: string | undefined
  detail: string | undefined
  /** Whether it came to the end of the route. */
  arrived: boolean
}

export type Ask = (exchange: Exchange) => Promise<Outcome>

/**
 * Compiles policies into a route whose end answers 200 with these headers, and drives exchanges through it as the
 * server does: request steps, the end or an answer in its place, answer steps of those reached, done.
 */
export function routeOf(
  policies: readonly AnyPolicy[],
  settings: Record<string, unknown>,
  parts: GatewayParts,
  { info = {}, headers = {} }: { info?: Partial<RouteInfo>; headers?: AnswerHead['headers'] } = {},
): Ask {
  const route: RouteInfo = { name: 'things', kind: 'rest', methods: ['GET', 'POST'], policies: settings, ...info }
  const compiled = policies.flatMap((policy): CompiledStep[] => {
    const steps = policy.apply(route, settings[policy.key], parts)
    return steps === undefined ? [] : [{ policy: policy.name, mode: 'enforce', steps }]
  })
  return (exchange) => new Promise((resolve, reject) => {
    const finish = (answer: Answer, arrived: boolean) => {
      const head: AnswerHead = { status: answer.status, headers: { ...answer.headers } }
      for (const { steps } of compiled.slice(0, exchange.reached).toReversed()) steps.answer?.(exchange, head)
      exchange.record.status = head.status
      for (const { steps } of compiled.slice(0, exchange.reached).toReversed()) steps.done?.(exchange)
      const problem = answer.body === '' ? {} : (JSON.parse(String(answer.body)) as { code?: string; detail?: string })
      resolve({ status: head.status, headers: head.headers, code: problem.code, detail: problem.detail, arrived })
    }
    compileRunner(compiled, {
      answer: (_exchange, answer) => finish(answer instanceof SluiceError ? toProblem(answer, exchange.id) : answer, false),
      abandon: () => reject(new Error('the exchange was given up')),
      arrive: () => finish({ status: 200, headers: headers as Answer['headers'], body: '' }, true),
    }, parts.log)(exchange)
  })
}
