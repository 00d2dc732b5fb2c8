import fc from 'fast-check'
import t from 'tap'
import { ConsistentHash } from '../../../src/services/balance/consistent-hash.ts'
import { compileTrait } from '../../../src/services/trait.ts'
import { LeastLoaded } from '../../../src/services/balance/least-loaded.ts'
import { callContext } from '../context.ts'
import { seeded } from '../seeded.ts'
import { fleet, shares, type Server } from './fleet.ts'

const bySession = (random = seeded()) => new ConsistentHash(compileTrait('header.session'), new LeastLoaded(random))
const of = (session: string) => callContext({ asked: { session } })
const keys = Array.from({ length: 500 }, (_, key) => `session-${key}`)
const placesOf = (servers: readonly Server[], balancer = bySession()) => keys.map((key) => balancer.choose(servers, of(key), 0)?.name)

const weights = fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 2, maxLength: 8 })

t.test('the same value has the same target, at every gateway and in any order of them', async () => {
  fc.assert(fc.property(weights, (weights) => {
    const [here, there] = [placesOf(fleet(...weights)), placesOf(fleet(...weights).reverse())]
    return here.every((name, key) => name === there[key])
  }), { numRuns: 20 })
})

t.test('which target a value has does not change from one version to the next', async (t) => {
  const servers = fleet(1, 1, 1)
  const names = ['ada', 'grace', 'edsger', 'ünïcode'].map((name) => bySession().choose(servers, of(name), 0)?.name)
  t.same(names, ['http://server-0', 'http://server-0', 'http://server-1', 'http://server-2'])
})

t.test('a target that goes takes only its own values elsewhere', async () => {
  fc.assert(fc.property(weights, fc.nat(), (weights, which) => {
    const servers = fleet(...weights)
    const gone = servers[which % servers.length]!
    const [before, after] = [placesOf(servers), placesOf(servers.filter((server) => server !== gone))]
    return before.every((name, key) => name === gone.name ? after[key] !== gone.name : after[key] === name)
  }), { numRuns: 20 })
})

t.test('a target that grows takes values, and no other does', async () => {
  fc.assert(fc.property(weights, fc.nat(), fc.integer({ min: 1, max: 5 }), (weights, which, more) => {
    const at = which % weights.length
    const before = placesOf(fleet(...weights))
    const after = placesOf(fleet(...weights.map((weight, index) => index === at ? weight + more : weight)))
    return before.every((name, key) => after[key] === name || after[key] === `http://server-${at}`)
  }), { numRuns: 20 })
})

t.test('values are spread by weight', async () => {
  fc.assert(fc.property(weights, fc.string(), (weights, prefix) => {
    const whole = weights.reduce((sum, weight) => sum + weight, 0)
    const counts = shares(bySession(), fleet(...weights), 4000, (call) => of(`${prefix}${call}`))
    return counts.every((count, index) => Math.abs(count - 4000 * weights[index]! / whole) < 200)
  }), { numRuns: 30 })
})

t.test('a call without the value goes to the least loaded', async (t) => {
  const servers = fleet(1, 1)
  servers[0]!.inFlight = 3
  t.same(shares(bySession(), servers, 10), [0, 10])
  t.same(shares(bySession(), servers, 10, () => of('')), [0, 10])
})

t.test('values stand evenly among all calls, each always at the same place', async (t) => {
  const places = keys.map((key) => bySession().place(of(key)))
  t.same(keys.map((key) => bySession().place(of(key))), places)
  for (const part of [0, 0.25, 0.5, 0.75]) {
    const within = places.filter((place) => place >= part && place < part + 0.25).length
    t.ok(within > 90 && within < 160, `${within}`)
  }
  t.equal(bySession(() => 0.4).place(callContext()), 0.4)
})

t.test('without a target there is none', async (t) => {
  t.equal(bySession().choose([], of('ada'), 0), undefined)
})
