import fc from 'fast-check'
import t from 'tap'
import { RoundRobin } from '../../../src/services/balance/round-robin.ts'
import { callContext } from '../context.ts'
import { fleet, shares } from './fleet.ts'

const weights = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 })

t.test('in a cycle each target takes exactly as many calls as its weight says, in each of its cycles', async () => {
  fc.assert(fc.property(weights, (weights) => {
    const balancer = new RoundRobin(Math.random)
    const servers = fleet(...weights)
    const cycle = weights.reduce((sum, weight) => sum + weight, 0)
    return [1, 2, 3].every(() => shares(balancer, servers, cycle).every((count, index) => count === weights[index]))
  }))
})

t.test('targets of one weight take turns', async (t) => {
  const balancer = new RoundRobin(Math.random)
  const servers = fleet(1, 1, 1)
  const names = Array.from({ length: 6 }, () => balancer.choose(servers, callContext(), 0)?.name)
  t.equal(new Set(names.slice(0, 3)).size, 3)
  t.same(names.slice(3), names.slice(0, 3))
})

t.test('a heavy target is not called in runs', async (t) => {
  const balancer = new RoundRobin(Math.random)
  const servers = fleet(5, 1, 1)
  const order = Array.from({ length: 7 }, () => servers.indexOf(balancer.choose(servers, callContext(), 0)!))
  t.same(order, [0, 0, 1, 0, 2, 0, 0])
})

t.test('whichever targets are there, those that are share evenly', async () => {
  const subsets = fc.array(fc.uniqueArray(fc.nat(4), { minLength: 1 }), { maxLength: 50 })
  fc.assert(fc.property(subsets, (subsets) => {
    const balancer = new RoundRobin(Math.random)
    const servers = fleet(1, 1, 1, 1, 1)
    for (const subset of subsets) balancer.choose(subset.map((index) => servers[index]!), callContext(), 0)
    shares(balancer, servers, 50)
    return shares(balancer, servers, 5).every((count) => count === 1)
  }))
})

t.test('without a target there is none', async (t) => {
  t.equal(new RoundRobin(Math.random).choose([], callContext(), 0), undefined)
})
