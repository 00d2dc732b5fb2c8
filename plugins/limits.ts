import { Type } from 'typebox'
import { suggest } from '../src/config/suggest.ts'
import { SluiceError } from '../src/errors.ts'
import type { Exchange } from '../src/exchange.ts'
import { Kept } from '../src/kept.ts'
import { definePolicy, type AnswerHead, type PolicyProblem, type Verdict } from '../src/policy.ts'
import type { State, Take } from '../src/state/state.ts'
import { compileLimit, type CompiledLimit } from '../src/state/compile-limit.ts'

export const limits = definePolicy({
  name: 'limits',
  key: 'limits',
  // Each limit has a mode of its own.
  shadow: false,
  config: Type.Array(Type.String(), {
    uniqueItems: true,
    description: 'Rate limits that a request takes one from, by name. It takes from all of them or from none. Answers tell in RateLimit and RateLimit-Policy what is left, and a refusal in Retry-After when to come back.',
  }),
  check(names, _route, config): PolicyProblem[] {
    return names.flatMap((name, index) => {
      if (Object.hasOwn(config.limits, name)) return []
      return [{ pointer: `/${index}`, message: `no limit is called "${name}"${suggest(name, Object.keys(config.limits))}` }]
    })
  },
  apply(_route, names = [], { config, state }) {
    const compiled = names.flatMap((name) => {
      const settings = config.limits[name]
      return settings === undefined ? [] : [compileLimit(name, settings)]
    })
    if (compiled.length === 0) return undefined
    const taken = new Kept<readonly Taken[]>()
    const announced = compiled.filter(({ enforced }) => enforced).map(({ announcement }) => announcement).join(', ')
    return {
      request: (exchange) => takeAll(compiled, exchange, state, taken),
      answer(exchange, head) {
        const all = taken.get(exchange)
        if (announced !== '' && all !== undefined) announce(head, announced, all)
      },
    }
  },
})

/** One limit, what was asked of it and what came of it. */
interface Taken {
  readonly limit: CompiledLimit
  readonly key: string
  readonly take: Take
}

/** All takes are asked for at once, so that they cost one round trip to a shared store. */
function takeAll(
  compiled: readonly CompiledLimit[],
  exchange: Exchange,
  state: State,
  taken: Kept<readonly Taken[]>,
): Verdict | Promise<Verdict> {
  const conclude = (all: readonly Taken[]): Verdict => {
    const known = settleAll(all, state, exchange)
    taken.set(exchange, known)
    // The client is told of the limit that keeps it waiting longest.
    const longest = known.filter(refuses).toSorted((a, b) => b.take.retryMs - a.take.retryMs)[0]
    return longest === undefined ? undefined : refusal(longest)
  }
  const asked = compiled.map((limit) => {
    const key = limit.keyOf(exchange)
    return { limit, key, take: state.take(limit.limit, key, 1) }
  })
  const values = asked.flatMap(({ limit, key, take }) => (take instanceof Promise ? [] : [{ limit, key, take }]))
  if (values.length === asked.length) return conclude(values)
  return Promise.all(asked.map(async ({ limit, key, take }) => ({ limit, key, take: await take }))).then(conclude)
}

function refuses({ limit, take }: Taken): boolean {
  return limit.enforced && !take.allowed
}

/** Where a limit refuses, the others get back what was taken from them: the request didn't pass. */
function settleAll(all: readonly Taken[], state: State, exchange: Exchange): readonly Taken[] {
  for (const { limit, take } of all) {
    if (!take.allowed && !limit.enforced) exchange.record.shadow.push({ policy: `limits/${limit.limit.name}`, code: 'RATE_LIMITED' })
  }
  if (!all.some(refuses)) return all
  return all.map((one) => {
    if (!one.take.allowed) return one
    void state.settle(one.limit.limit, one.key, -1)
    const { remaining, resetMs } = one.take
    const restored = { ...one.take, remaining: remaining + 1, resetMs: Math.max(0, resetMs - one.limit.limit.intervalMs) }
    return { ...one, take: restored }
  })
}

function refusal({ limit, take }: Taken): SluiceError {
  const seconds = Math.max(1, Math.ceil(take.retryMs / 1000))
  return new SluiceError('RATE_LIMITED', `The limit ${limit.limit.name} is used up; try again in ${seconds} s.`, {
    headers: { 'retry-after': String(seconds) },
  })
}

/** The fields of draft-ietf-httpapi-ratelimit-headers-10. Limits in shadow are no one's business. */
function announce({ headers }: AnswerHead, announced: string, all: readonly Taken[]): void {
  headers['ratelimit-policy'] = announced
  headers['ratelimit'] = all
    .filter(({ limit }) => limit.enforced)
    .map(({ limit, take }) => `"${limit.limit.name}";r=${take.remaining};t=${Math.ceil(take.resetMs / 1000)}`)
    .join(', ')
}
