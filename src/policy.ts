import type { Transform } from 'node:stream'
import type { Logger } from 'pino'
import type { Static, TSchema } from 'typebox'
import type { Clock } from './clock.ts'
import type { Config } from './config/config.ts'
import { SluiceError, asSluiceError, type Answer } from './errors.ts'
import type { Exchange } from './exchange.ts'
import type { HeaderMap } from './headers.ts'
import type { Load } from './load.ts'
import type { Lease } from './shared.ts'
import type { State } from './state/state.ts'
import type { Metrics } from './telemetry/metrics.ts'

/** Nothing to go on; an answer or an error to stop. */
export type Verdict = Answer | SluiceError | undefined | void

/** Status and headers on their way to the client; answer steps may change the headers in place. */
export interface AnswerHead {
  status: number
  headers: HeaderMap
}

/** What a policy does on one route. A route pays only for the steps that its policies return. */
export interface PolicySteps {
  request?: (exchange: Exchange) => Verdict | Promise<Verdict>
  answer?: (exchange: Exchange, head: AnswerHead) => void
  /**
   * What the answer's body goes through, for instance to compress it; undefined where this body goes on as it is. Runs
   * in reverse when every answer step has run, so the head is final; who changes the body here changes what the head
   * says of it. The sink joins, ends and destroys the streams, and counts the bytes that leave the last of them.
   */
  body?: (exchange: Exchange, head: AnswerHead) => Transform | undefined
  /** Takes out of an answer's trailers what the policy takes out of heads; a body that a policy changes loses them all. */
  trailers?: (exchange: Exchange, trailers: HeaderMap) => void
  /** Called once when the exchange is over, however it ended, if it came as far as this policy. */
  done?: (exchange: Exchange) => void
}

/** What a policy may know of the route that it is compiled into. */
export interface RouteInfo {
  readonly name: string
  readonly kind: 'rest' | 'graphql' | 'unmatched'
  /** Methods that the route takes; null for all. */
  readonly methods: readonly string[] | null
  /** Request headers by which this and other routes share their paths. */
  readonly varies?: readonly string[]
  /** Whether clients may open WebSockets on it. */
  readonly websocket?: boolean
  /** Settings of every policy on this route, by policy key. */
  readonly policies: Readonly<Record<string, unknown>>
}

/** What the gateway lends to its policies while it is built. */
export interface GatewayParts {
  readonly config: Config
  readonly state: State
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
  /** How much the whole process has to do. */
  readonly load: Load
  /** Chance: a number from 0 up to 1. */
  readonly random: () => number
  /** Leases something that outlives a reload; the gateway releases it when it closes. */
  lease<T>(name: string, settings: unknown, create: () => T, dispose: (value: T) => void): T
  /** As `lease`, but the holder releases it, at its own time. */
  hold<T>(name: string, settings: unknown, create: () => T, dispose: (value: T) => void): Lease<T>
}

export interface PolicyProblem {
  /** JSON pointer from the policy's settings, such as `/providers/0`; empty for the whole. */
  pointer: string
  /** A sentence without a full stop, with a suggestion where there is one. */
  message: string
}

export type PolicyMode = 'enforce' | 'shadow'

export interface Policy<S extends TSchema = TSchema> {
  /** Kebab-case, as in logs and metrics. */
  readonly name: string
  /** The key of its settings in a route. */
  readonly key: string
  readonly config: S
  /** Whether requests that match no route pass it too. */
  readonly unmatched?: boolean
  /** False where letting pass would open what should be closed: the settings then have no `mode`. */
  readonly shadow?: false
  /** What the schema can't see, such as names that nothing declares; each problem is reported with its place. */
  check?(settings: Static<S>, route: RouteInfo, config: Config): PolicyProblem[]
  /** Compiles the policy for one route. `settings` is undefined where the route says nothing of it. */
  apply(route: RouteInfo, settings: Static<S> | undefined, gateway: GatewayParts): PolicySteps | undefined
}

/** A policy whose settings type is no longer known, as the list of all policies holds it. */
export type AnyPolicy = Policy

/** Declares a policy; its settings are typed by its own schema, and are validated against it before `apply`. */
export function definePolicy<const S extends TSchema>(policy: Policy<S>): AnyPolicy {
  return policy
}

/** A route's steps, with the name of the policy they belong to. */
export interface CompiledStep {
  readonly policy: string
  readonly mode: PolicyMode
  readonly steps: PolicySteps
}

/** What the runner drives: the way back to the client, and the end of the route. */
export interface Ending<E extends Exchange> {
  /** Answers the client in the place of the route's end; the answer steps of the reached policies run. */
  answer(exchange: E, answer: Answer | SluiceError): void
  /** The route's own end: the call, or the composition. */
  arrive(exchange: E): void
  /** Ends the exchange without an answer, visibly broken. */
  abandon(exchange: E): void
}

export type Runner<E extends Exchange> = (exchange: E) => void

/** Where a policy decides on a request, and how many steps an exchange has then reached. */
interface Stop {
  readonly policy: string
  readonly mode: PolicyMode
  readonly request: NonNullable<PolicySteps['request']>
  readonly reached: number
}

/**
 * Compiles a route's steps into one function. Where no step waits it is a single synchronous pass; a step that
 * returns a promise resumes the pass when it settles. Anything thrown becomes an INTERNAL answer, but in shadow, where
 * it is logged alone.
 */
export function compileRunner<E extends Exchange>(
  steps: readonly CompiledStep[],
  ending: Ending<E>,
  log: Logger,
): Runner<E> {
  const stops = stopsOf(steps)

  /** Past this point nobody is left to answer for a failure, so the exchange is given up. */
  function conclude(exchange: E, act: () => void): void {
    try {
      act()
    } catch (thrown) {
      log.error({ err: thrown, exchange: exchange.id }, 'an answer failed')
      ending.abandon(exchange)
    }
  }

  function settle(exchange: E, { policy, mode }: Stop, verdict: Verdict): boolean {
    if (verdict === undefined) return false
    if (mode === 'shadow') {
      exchange.record.shadow.push({ policy, code: codeOf(verdict) })
      return false
    }
    exchange.record.refused = { policy, code: codeOf(verdict) }
    conclude(exchange, () => ending.answer(exchange, verdict))
    return true
  }

  function judge(exchange: E, stop: Stop, thrown: unknown): boolean {
    if (thrown instanceof SluiceError) return settle(exchange, stop, thrown)
    log.error({ err: thrown, exchange: exchange.id }, 'a policy failed')
    if (stop.mode === 'shadow') return false
    conclude(exchange, () => ending.answer(exchange, asSluiceError(thrown)))
    return true
  }

  async function resume(exchange: E, stop: Stop, waiting: Promise<Verdict>): Promise<void> {
    let stopped: boolean
    try {
      stopped = settle(exchange, stop, await waiting)
    } catch (thrown) {
      stopped = judge(exchange, stop, thrown)
    }
    if (!stopped) pass(exchange, stops.slice(stops.indexOf(stop) + 1))
  }

  function step(exchange: E, stop: Stop): boolean {
    try {
      exchange.reached = stop.reached
      const verdict = stop.request(exchange)
      if (!(verdict instanceof Promise)) return settle(exchange, stop, verdict)
      void resume(exchange, stop, verdict)
      return true
    } catch (thrown) {
      return judge(exchange, stop, thrown)
    }
  }

  function pass(exchange: E, ahead: readonly Stop[]): void {
    for (const stop of ahead) if (step(exchange, stop)) return
    exchange.reached = steps.length
    conclude(exchange, () => ending.arrive(exchange))
  }

  return (exchange) => pass(exchange, stops)
}

function stopsOf(steps: readonly CompiledStep[]): Stop[] {
  return steps.flatMap(({ policy, mode, steps: { request } }, index) => {
    return request === undefined ? [] : [{ policy, mode, request, reached: index + 1 }]
  })
}

function codeOf(verdict: Answer | SluiceError): string {
  return verdict instanceof SluiceError ? verdict.code : String(verdict.status)
}
