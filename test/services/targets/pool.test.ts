import fc from 'fast-check'
import t from 'tap'
import { SluiceError } from '../../../src/errors.ts'
import { factsOf } from '../../../src/services/record.ts'
import { seeded } from '../seeded.ts'
import { breakOpen, endpoints, openPool, tally } from './pool.ts'

t.test('calls go to the targets without a group, or to those of their own', async (t) => {
  const fixture = openPool()
  fixture.pool.update(endpoints('a', 'b', ['canary', { group: 'canary' }]))
  t.same(tally(fixture, 10), { a: 5, b: 5 })
  t.same(tally(fixture, 10, { group: 'canary' }), { canary: 10 })
  t.same(tally(fixture, 10, { group: 'nowhere' }), { a: 5, b: 5 }, 'a group without a target is served by those without a group')
})

t.test('without any target there is none', async (t) => {
  const { pool, pick } = openPool()
  t.match(pick(), { code: 'NO_TARGET' })
  pool.update(endpoints(['canary', { group: 'canary' }]))
  t.match(pick(), { code: 'NO_TARGET' }, 'a group is for its own calls')
})

t.test('a target of no weight takes no call', async (t) => {
  const fixture = openPool()
  fixture.pool.update(endpoints('a', ['b', { weight: 0 }], ['c', { weight: 0, group: 'canary' }]))
  t.same(tally(fixture, 10), { a: 10 })
  t.same(tally(fixture, 10, { group: 'canary' }), { a: 10 })
  const { target } = fixture.take()
  t.equal(fixture.take({}, target).target, target, 'not even for another try')
  fixture.pool.update(endpoints(['a', { weight: 0 }]))
  t.match(fixture.pick(), { code: 'NO_TARGET' })
})

t.test('a target that was tried is avoided while there is another', async (t) => {
  const { pool, take } = openPool()
  pool.update(endpoints('a', 'b', ['elsewhere', { priority: 1 }]))
  const [a, b] = [take().target, take().target]
  for (let tries = 0; tries < 4; tries++) {
    t.equal(take({}, a).target, b)
    t.equal(take({}, b).target, a)
  }
  const elsewhere = take({}, a, b).target
  t.equal(elsewhere.endpoint.url, 'http://elsewhere', 'another level is better than the same target')
  t.ok([a, b].includes(take({}, a, b, elsewhere).target), 'where all were tried the call still goes out')
})

t.test('a single target is picked whether it was tried or not', async (t) => {
  const { pool, take } = openPool()
  pool.update(endpoints('a'))
  const { target } = take()
  t.equal(take({}, target).target, target)
})

t.test('where a breaker refuses, the next best takes the call', async (t) => {
  for (const balance of ['round-robin', 'least-loaded', 'hash:header.x']) {
    const fixture = openPool({ balance })
    fixture.pool.update(endpoints('a', 'b', 'c'))
    const { target } = fixture.take({ asked: { x: '1' } })
    breakOpen(target)
    const others = tally(fixture, 30, { asked: { x: '1' } })
    t.equal(others[new URL(target.endpoint.url).host], undefined, balance)
    t.equal(await fixture.count('breakerRefusals', { mode: 'enforce' }), 0, balance)
  }
})

t.test('where the breakers of a level are open, the next level takes the calls', async (t) => {
  const fixture = openPool()
  fixture.pool.update(endpoints('a', 'b', ['elsewhere', { priority: 1 }]))
  breakOpen(fixture.take().target)
  breakOpen(fixture.take().target)
  t.same(tally(fixture, 10), { elsewhere: 10 })
})

t.test('where all breakers are open, the call is refused, and told when to come back', async (t) => {
  for (const places of [['a'], ['a', 'b']]) {
    const { pool, clock, take, pick, count } = openPool()
    pool.update(endpoints(...places))
    for (const place of places) {
      breakOpen(take().target)
      if (place === 'a') clock.advance(1500)
    }
    t.match(pick(), { code: 'BREAKER_OPEN', status: 503, headers: { 'retry-after': '4' } }, 'when the first lets a call through')
    clock.advance(3499)
    t.match(pick(), { code: 'BREAKER_OPEN', headers: { 'retry-after': '1' } })
    t.equal(await count('breakerRefusals', { mode: 'enforce' }), 2)
    clock.advance(1)
    const facts = factsOf('shop', 'GET')
    const { target, permit } = take({ facts })
    t.same([facts.target, facts.breaker], ['http://a', 'half-open'])
    permit.succeed(1)
    t.equal(target.breaker.state, 'closed')
    t.equal(await count('breakerChanges', { state: 'closed' }), 1)
  }
})

t.test('breakers in shadow refuse nothing, and tell what they would have refused', async (t) => {
  const { pool, take, count } = openPool({ breaker: { window: 10_000, minimum: 4, failures: 0.5, statuses: [], openFor: 5000, trials: 1, mode: 'shadow' } })
  pool.update(endpoints('a', 'b'))
  const [a, b] = [take().target, take().target]
  breakOpen(a)
  const facts = factsOf('shop', 'GET')
  for (let tries = 0; tries < 4; tries++) take({ facts })
  t.same(facts.shadow, [], 'another target would have taken it')
  breakOpen(b)
  for (let tries = 0; tries < 4; tries++) take({ facts })
  t.same(facts.shadow, ['breaker'])
  t.equal(facts.breaker, 'open')
  t.equal(await count('breakerRefusals', { mode: 'shadow' }), 1, 'a call counts once, however often it is tried')
  take({}, a, b)
  t.equal(await count('breakerRefusals', { mode: 'shadow' }), 2)
})

t.test('what happens to a call is noted for the log', async (t) => {
  const { pool, take } = openPool()
  pool.update(endpoints(['a', { group: 'canary', address: '10.0.0.7' }], 'b'))
  const facts = factsOf('shop', 'GET', 'canary')
  take({ facts, group: 'canary' })
  t.match(facts, { target: 'http://a 10.0.0.7', group: 'canary', breaker: 'closed' })
  const other = factsOf('shop', 'GET', 'nowhere')
  take({ facts: other, group: 'nowhere' })
  t.match(other, { target: 'http://b', group: null })
})

t.test('a target that is gone gets no more calls, and is let go when the last of its own has ended', async (t) => {
  const fixture = openPool()
  const { pool, take, released } = fixture
  pool.update(endpoints('a', 'b', 'c'))
  const [a, b] = [take().target, take().target]
  a.begin()
  a.begin()
  pool.update(endpoints('c'))
  t.same(tally(fixture, 6), { c: 6 })
  t.same(released, [b.endpoint.url], 'the idle one is let go at once')
  a.end()
  t.same(released, [b.endpoint.url])
  a.end()
  t.same(released, [b.endpoint.url, a.endpoint.url])
})

t.test('a target that comes back while calls are on it is the same one', async (t) => {
  const { pool, take, opened, released } = openPool()
  pool.update(endpoints('a'))
  const { target } = take()
  breakOpen(target)
  target.begin()
  pool.update([])
  pool.update(endpoints('a'))
  target.end()
  t.same([opened, released], [['http://a'], []])
  t.equal(target.breaker.state, 'open', 'and what was known of it still is')
  pool.update([])
  pool.update(endpoints('a'))
  t.same([opened, released], [['http://a', 'http://a'], ['http://a']], 'once it was let go it is another')
  t.not(take().target, target)
})

t.test('a target keeps its state when its place changes, and only then', async (t) => {
  const fixture = openPool()
  fixture.pool.update(endpoints(['a', { address: '10.0.0.1' }]))
  const { target } = fixture.take()
  fixture.pool.update(endpoints(['a', { address: '10.0.0.1', weight: 3, zone: 'east', priority: 2, group: 'canary' }], 'b'))
  t.same(tally(fixture, 3), { b: 3 })
  t.equal(fixture.take({ group: 'canary' }).target, target)
  fixture.pool.update(endpoints(['a', { address: '10.0.0.2' }]))
  t.not(fixture.take().target, target)
  t.same(fixture.released, ['http://a', 'http://b'])
})

t.test('an address that is named twice is two targets', async (t) => {
  const { pool, take, opened } = openPool()
  pool.update(endpoints('a', ['a', { group: 'canary' }]))
  const [plain, canary] = [take().target, take({ group: 'canary' }).target]
  t.not(plain, canary)
  t.same(opened, ['http://a', 'http://a'])
})

t.test('while targets are fit, the own zone takes the calls, then the others of its priority', async (t) => {
  const fixture = openPool({ outlier: { failures: 1, ejectFor: 10_000, most: 1 } }, { zone: 'east', random: seeded(3) })
  fixture.pool.update(endpoints(
    ['near', { zone: 'east' }], ['far', { zone: 'west' }], ['unknown', {}], ['reserve', { zone: 'east', priority: 1 }],
  ))
  t.same(tally(fixture, 10), { near: 10 })
  fixture.pool.report(fixture.take().target, 'failure')
  t.same(tally(fixture, 10), { far: 5, unknown: 5 })
  fixture.pool.report(fixture.take().target, 'failure')
  const shared = tally(fixture, 1000)
  t.same(Object.keys(shared).sort(), ['reserve', shared['far'] === undefined ? 'unknown' : 'far'].sort())
  t.ok(shared['reserve']! > 200 && shared['reserve']! < 400, '1.4 times half the targets take 70 %')
  fixture.clock.advance(10_000)
  t.same(tally(fixture, 10), { near: 10 })
})

t.test('calls that are hashed stay at their level while levels share them', async (t) => {
  const fixture = openPool({ balance: 'hash:header.x', outlier: { failures: 1, ejectFor: 10_000, most: 1 } })
  fixture.pool.update(endpoints('a', 'b', ['c', { priority: 1 }]))
  const hostOf = (x: string) => fixture.take({ asked: { x } }).target.endpoint.url
  fixture.pool.report(fixture.take().target, 'failure')
  const first = Array.from({ length: 200 }, (_, x) => hostOf(`${x}`))
  t.same(Array.from({ length: 200 }, (_, x) => hostOf(`${x}`)), first)
  t.equal(new Set(first).size, 2)
})

t.test('a new target starts slowly beside others, and faster as time goes', async (t) => {
  const fixture = openPool()
  fixture.pool.update(endpoints('a', 'b'))
  t.same(tally(fixture, 100), { a: 50, b: 50 }, 'at the start all are alike')
  fixture.clock.advance(100)
  fixture.pool.update(endpoints('a', 'b', 'found-later'))
  const { 'found-later': later = 0 } = tally(fixture, 300)
  t.ok(later > 90, `${later}: those that a lookup finds a little later, too`)
  fixture.clock.advance(60_000)
  fixture.pool.update(endpoints('a', 'b', 'cold'))
  let before = 0
  for (let second = 0; second <= 10; second++) {
    const { cold = 0 } = tally(fixture, 2100)
    t.ok(cold > before, `${cold} after ${second} s`)
    before = cold
    if (second === 0) t.ok(cold >= 99 && cold <= 101, 'a tenth of what the others take')
    if (second === 10) t.equal(cold, 700)
    fixture.clock.advance(1000)
  }
})

t.test('a target whose breaker closes starts slowly', async (t) => {
  const fixture = openPool()
  fixture.pool.update(endpoints('a', 'b'))
  fixture.clock.advance(60_000)
  const { target } = fixture.take()
  breakOpen(target)
  fixture.clock.advance(5000)
  target.breaker.enter()?.succeed(1)
  const { [new URL(target.endpoint.url).host]: own = 0 } = tally(fixture, 1100)
  t.ok(own >= 99 && own <= 101, `${own}`)
})

t.test('targets are counted by state, and the pools before and after a reload add up', async (t) => {
  const { pool, metrics, take, count } = openPool({ outlier: { failures: 1, ejectFor: 1000, most: 1 } })
  pool.update(endpoints('a', 'b'))
  pool.report(take().target, 'failure')
  const next = openPool({}, { metrics: metrics.services })
  next.pool.update(endpoints('c'))
  t.same([await count('targets', { state: 'fit' }), await count('targets', { state: 'ejected' })], [2, 1])
  pool.close()
  t.same([await count('targets', { state: 'fit' }), await count('targets', { state: 'ejected' })], [1, 0])
})

t.test('a closed pool has nothing left: no target, no timer', async (t) => {
  const { pool, clock, take, pick, released } = openPool({
    outlier: { failures: 1, ejectFor: 1000, most: 1 },
    health: { path: '/health', every: 1000, timeout: 100, unhealthyAfter: 1, healthyAfter: 1 },
  })
  pool.update(endpoints('a', 'b', 'c'))
  const [a, b] = [take().target, take().target]
  a.begin()
  b.begin()
  pool.report(a, 'failure')
  pool.update(endpoints('b', 'c'))
  pool.close()
  t.same(released.sort(), ['http://a', 'http://b', 'http://c'])
  t.equal(clock.waiting, 0)
  a.end()
  b.end()
  pool.report(b, 'failure')
  t.equal(released.length, 3)
  t.equal(clock.waiting, 0)
  t.ok(pick() instanceof SluiceError)
})

t.test('the weight of a target never falls while it grows warm, from a tenth to the whole', async () => {
  const times = fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 2 }).map((times) => times.sort((a, b) => a - b))
  fc.assert(fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 0, max: 20_000 }), times, (weight, slowStart, times) => {
    const { pool, take, clock } = openPool({ slowStart })
    pool.update(endpoints(['a', { weight }]))
    const { target } = take()
    const start = clock.elapsed()
    const weights = times.map((ms) => target.weight(start + ms))
    return weights.every((now, at) => now >= (weights[at - 1] ?? weight / 10 - 1e-9) && now <= weight && (times[at]! < slowStart || now === weight))
  }))
})
