import fc from 'fast-check'
import t from 'tap'
import { LeastLoaded } from '../../../src/services/balance/least-loaded.ts'
import { callContext } from '../context.ts'
import { seeded } from '../seeded.ts'
import { fleet, shares, type Server } from './fleet.ts'

const choose = (balancer: LeastLoaded, servers: readonly Server[]) => balancer.choose(servers, callContext(), 0)!

t.test('of two targets the one with fewer calls for its weight takes the next', async () => {
  const server = fc.record({ weight: fc.integer({ min: 1, max: 10 }), inFlight: fc.nat(50) })
  fc.assert(fc.property(server, server, fc.integer(), (a, b, seed) => {
    const servers = fleet(a.weight, b.weight)
    servers[0]!.inFlight = a.inFlight
    servers[1]!.inFlight = b.inFlight
    const chosen = choose(new LeastLoaded(seeded(seed)), servers)
    const other = servers.find((server) => server !== chosen)!
    return chosen.inFlight / chosen.weight(0) <= other.inFlight / other.weight(0)
  }))
})

t.test('of many the most loaded never takes a call, others do', async (t) => {
  const servers = fleet(1, 1, 1, 1)
  servers[2]!.inFlight = 9
  const counts = shares(new LeastLoaded(seeded()), servers, 400)
  t.equal(counts[2], 0)
  t.ok(counts.every((count, index) => index === 2 || count > 80), counts.join(' '))
})

t.test('calls that last are spread by weight, whatever the order in which they end', async () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 6 }), fc.integer(), (weights, seed) => {
    const random = seeded(seed)
    const balancer = new LeastLoaded(random)
    const servers = fleet(...weights)
    const running: Server[] = []
    const whole = weights.reduce((sum, weight) => sum + weight, 0)
    for (let call = 0; call < 400 * weights.length; call++) {
      const chosen = choose(balancer, servers)
      chosen.inFlight += 1
      running.push(chosen)
      if (running.length > 40 * whole) running.splice(Math.floor(random() * running.length), 1)[0]!.inFlight -= 1
    }
    const each = servers.reduce((sum, { inFlight }) => sum + inFlight, 0) / whole
    return servers.every(({ inFlight }, index) => Math.abs(inFlight / weights[index]! - each) <= 0.25 * each)
  }), { numRuns: 30 })
})

t.test('targets that are idle share calls by weight', async () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1, maxLength: 6 }), fc.integer(), (weights, seed) => {
    const whole = weights.reduce((sum, weight) => sum + weight, 0)
    const counts = shares(new LeastLoaded(seeded(seed)), fleet(...weights), 4000)
    return counts.every((count, index) => Math.abs(count - 4000 * weights[index]! / whole) < 200)
  }), { numRuns: 30 })
})

t.test('a single target takes all, and without one there is none', async (t) => {
  const balancer = new LeastLoaded(Math.random)
  t.same(shares(balancer, fleet(1), 5), [5])
  t.equal(balancer.choose([], callContext(), 0), undefined)
})
