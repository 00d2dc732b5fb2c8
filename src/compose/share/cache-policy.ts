import type { Config } from '../../config/config.ts'
import type { ServiceSettings } from '../../config/schema.ts'
import type { Exchange } from '../../exchange.ts'
import type { Identity } from '../../identity.ts'
import { credentialHeaders } from '../../identity/index.ts'
import { Kept } from '../../kept.ts'
import { chainOf } from '../binding.ts'
import { parseTemplate } from '../expression.ts'
import type { Plan } from '../plan/plan.ts'
import { remembered } from '../remembered.ts'
import { reachOf } from './reach.ts'

/** What caches have to know of a gateway. */
export interface CacheParts {
  /** Services whose answers may depend on who asks. */
  readonly personal: ReadonlySet<string>
  /** Request headers that tell who asks. */
  readonly credentials: readonly string[]
}

export function cacheParts(config: Pick<Config, 'services' | 'identity'>): CacheParts {
  const services = Object.entries(config.services)
  const forwarded = services.flatMap(([, { forward }]) => forward.map((name) => name.toLowerCase()))
  return {
    personal: new Set(services.flatMap(([name, settings]) => isPersonal(settings) ? [name] : [])),
    credentials: [...new Set([...credentialHeaders(config), ...forwarded])],
  }
}

function isPersonal({ identity, access, forward }: ServiceSettings): boolean {
  return forward.length > 0
    || access.some(({ methods }) => methods?.includes('GET') ?? true)
    || Object.values(identity?.headers ?? {}).some((text) => parseTemplate(text).references.length > 0)
}

/** For how long an answer may be kept, in seconds, and whether by the client alone. */
export interface CachePolicy {
  readonly maxAge: number
  readonly private: boolean
}

/**
 * How the answer to an operation may be kept: as its strictest field says, and not at all where a field that calls says
 * nothing (as Apollo's cache control has it). Whatever the hints say, an answer is the client's own where it has an
 * identity, or where one would make a difference.
 */
export function cachePolicyOf(plan: Plan, identity: Identity, { personal }: CacheParts): CachePolicy | undefined {
  const { maxAge, isPrivate } = hintsOf(plan)
  if (plan.mutation || maxAge === 0 || maxAge === Infinity) return undefined
  const { services, identity: reads, written } = reachOf(plan)
  const identified = identity.subject !== null || identity.provider !== null
  return { maxAge, private: isPrivate || identified || !written || reads.length > 0 || services.some((name) => personal.has(name)) }
}

interface Hints {
  readonly maxAge: number
  readonly isPrivate: boolean
}

const hintsOf: (plan: Plan) => Hints = remembered(findHints)

function findHints({ fields }: Plan): Hints {
  let [maxAge, isPrivate] = [Infinity, false]
  for (const { binding } of fields) {
    const chain = chainOf(binding)
    const age = chain.map(({ cache }) => cache.maxAge).find((each) => each !== null) ?? (binding.source.kind === 'data' ? Infinity : 0)
    maxAge = Math.min(maxAge, age)
    isPrivate ||= chain.some(({ cache }) => cache.private === true)
  }
  return { maxAge, isPrivate }
}

/** The policy of an exchange's answer, from where it is found to where the answer's head is written. */
export const keptPolicy = new Kept<CachePolicy>()

/** What an answer's head tells caches. Only answers to GET and HEAD are kept; others, and failures, nowhere. */
export function cacheHeaders(exchange: Exchange, credentials: readonly string[]): { 'cache-control': string, vary: string } {
  const policy = exchange.method === 'GET' || exchange.method === 'HEAD' ? keptPolicy.get(exchange) : undefined
  if (policy === undefined) return { 'cache-control': 'no-store', vary: 'accept' }
  const scope = policy.private ? 'private' : 'public'
  return { 'cache-control': `${scope}, max-age=${policy.maxAge}`, vary: ['accept', ...credentials].join(', ') }
}
