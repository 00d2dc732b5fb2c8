import { Type } from 'typebox'
import { charges, type Charge } from '../src/charge.ts'
import { suggest } from '../src/config/suggest.ts'
import { SluiceError } from '../src/errors.ts'
import type { Exchange } from '../src/exchange.ts'
import { Kept } from '../src/kept.ts'
import { definePolicy, type AnswerHead, type PolicyProblem } from '../src/policy.ts'
import type { State, Take } from '../src/state/state.ts'
import { compileLimit, type CompiledLimit } from '../src/state/compile-limit.ts'

export const limits = definePolicy({
  name: 'limits',
  key: 'limits',
  // Each limit has a mode of its own.
  shadow: false,
  config: Type.Array(Type.String(), {
    uniqueItems: true,
    description: 'Rate limits that a request takes one from, by name; limits with `cost: calls` count what a GraphQL operation calls instead, also where a route shows it. It takes from all of them or from none. Answers tell in RateLimit and RateLimit-Policy what is left, and a refusal in Retry-After when to come back.',
  }),
  check(names, _route, config): PolicyProblem[] {
    return names.flatMap((name, index) => {
      if (Object.hasOwn(config.limits, name)) return []
      return [{ pointer: `/${index}`, message: `no limit is called "${name}"${suggest(name, Object.keys(config.limits))}` }]
    })
  },
  apply({ kind, name: route }, names = [], { config, state }) {
    const compiled = names.flatMap((name) => {
      const settings = config.limits[name]
      return settings === undefined ? [] : [compileLimit(name, settings)]
    })
    if (compiled.length === 0) return undefined
    const composes = kind === 'graphql' || (kind === 'rest' && config.routes[route]?.face !== undefined)
    const later = compiled.filter(({ cost }) => composes && cost === 'calls')
    const now = compiled.filter((limit) => !later.includes(limit))
    const taken = new Kept<readonly Taken[]>()
    const announced = compiled.filter(({ enforced }) => enforced).map(({ announcement }) => announcement).join(', ')
    return {
      request(exchange) {
        if (later.length > 0) charges.set(exchange, chargeOf(later, exchange, state, taken))
        return now.length === 0 ? undefined : takeAll(now, 1, exchange, state, taken)
      },
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
  readonly cost: number
  readonly take: Take
}

type Refused = SluiceError | undefined

/** All takes are asked for at once, so that they cost one round trip to a shared store. */
function takeAll(
  compiled: readonly CompiledLimit[],
  cost: number,
  exchange: Exchange,
  state: State,
  taken: Kept<readonly Taken[]>,
): Refused | Promise<Refused> {
  const conclude = (all: readonly Taken[]): Refused => {
    noteShadow(all, exchange)
    // Where a limit refuses, the others get back what was taken from them: the request didn't pass.
    const known = all.some(refuses) ? all.map((one) => giveBack(one, cost, state)) : all
    taken.set(exchange, [...taken.get(exchange) ?? [], ...known])
    // The client is told of the limit that keeps it waiting longest.
    const longest = known.filter(refuses).toSorted((a, b) => b.take.retryMs - a.take.retryMs)[0]
    return longest === undefined ? undefined : refusal(longest)
  }
  const asked = compiled.map((limit) => {
    const key = limit.keyOf(exchange)
    return { limit, key, cost, take: state.take(limit.limit, key, cost) }
  })
  const values = asked.flatMap(({ take, ...one }) => (take instanceof Promise ? [] : [{ ...one, take }]))
  if (values.length === asked.length) return conclude(values)
  return Promise.all(asked.map(async ({ take, ...one }) => ({ ...one, take: await take }))).then(conclude)
}

/** Takes from limits that count calls once it is known how many there can be; this policy then refuses late. */
function chargeOf(
  later: readonly CompiledLimit[], exchange: Exchange, state: State, taken: Kept<readonly Taken[]>,
): Charge {
  const note = (refused: Refused): Refused => {
    if (refused !== undefined) exchange.record.refused = { policy: 'limits', code: refused.code }
    return refused
  }
  return {
    take(calls) {
      const refused = takeAll(later, calls, exchange, state, taken)
      return refused instanceof Promise ? refused.then(note) : note(refused)
    },
    settle(made) {
      const all = taken.get(exchange) ?? []
      taken.set(exchange, all.map((one) => (later.includes(one.limit) ? giveBack(one, one.cost - made, state) : one)))
    },
  }
}

function refuses({ limit, take }: Taken): boolean {
  return limit.enforced && !take.allowed
}

function noteShadow(all: readonly Taken[], { record }: Exchange): void {
  for (const { limit, take } of all) {
    if (!take.allowed && !limit.enforced) record.shadow.push({ policy: `limits/${limit.limit.name}`, code: 'RATE_LIMITED' })
  }
}

/** Returns so much of what was taken; a limit that gave nothing gets nothing. */
function giveBack(one: Taken, cost: number, state: State): Taken {
  if (!one.take.allowed || cost === 0) return one
  const { limit } = one.limit
  void state.settle(limit, one.key, -cost)
  const remaining = Math.max(0, one.take.remaining + cost)
  const resetMs = Math.max(0, one.take.resetMs - cost * limit.intervalMs)
  return { ...one, take: { ...one.take, remaining, resetMs } }
}

function refusal({ limit, cost, take }: Taken): SluiceError {
  const { name, burst } = limit.limit
  if (take.retryMs === Infinity) {
    return new SluiceError('RATE_LIMITED', `The request could take ${cost} from the limit ${name}, which never holds more than ${burst}; ask for less at once.`)
  }
  const seconds = Math.max(1, Math.ceil(take.retryMs / 1000))
  return new SluiceError('RATE_LIMITED', `The limit ${name} is used up; try again in ${seconds} s.`, {
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
