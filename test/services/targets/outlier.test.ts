import fc from 'fast-check'
import t from 'tap'
import { endpoints, openPool, tally, type OpenPool } from './pool.ts'
import type { Target } from '../../../src/services/targets/target.ts'

function failed({ pool }: OpenPool, target: Target, times: number): void {
  for (let failures = 0; failures < times; failures++) pool.report(target, 'failure')
}

function both(fixture: OpenPool): [Target, Target] {
  fixture.pool.update(endpoints('a', 'b'))
  return [fixture.take().target, fixture.take().target]
}

t.test('a target that fails some calls in a row takes none for a while', async (t) => {
  const fixture = openPool({ slowStart: 0 })
  const [a] = both(fixture)
  failed(fixture, a, 4)
  t.same(tally(fixture, 4), { a: 2, b: 2 })
  failed(fixture, a, 1)
  t.same(tally(fixture, 4), { b: 4 })
  t.equal(await fixture.count('ejections'), 1)
  fixture.clock.advance(9999)
  t.same(tally(fixture, 4), { b: 4 })
  fixture.clock.advance(1)
  t.same(tally(fixture, 4), { a: 2, b: 2 })
})

t.test('a target that comes back starts slowly', async (t) => {
  const fixture = openPool()
  const [a] = both(fixture)
  failed(fixture, a, 5)
  fixture.clock.advance(10_000)
  const { a: own = 0 } = tally(fixture, 1100)
  t.ok(own >= 99 && own <= 101, `${own}`)
})

t.test('a success between failures starts the count anew', async (t) => {
  const fixture = openPool()
  const [a] = both(fixture)
  for (let round = 0; round < 5; round++) {
    failed(fixture, a, 4)
    fixture.pool.report(a, 'success')
  }
  t.same(tally(fixture, 4), { a: 2, b: 2 })
})

t.test('each ejection in a row is longer, up to ten times, until a call succeeds', async (t) => {
  const fixture = openPool({ slowStart: 0 })
  const [a] = both(fixture)
  const ejectedFor = () => {
    failed(fixture, a, 5)
    let ms = 0
    while (a.ejected) {
      fixture.clock.advance(10_000)
      ms += 10_000
    }
    return ms
  }
  t.same(Array.from({ length: 12 }, ejectedFor), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 10].map((times) => times * 10_000))
  fixture.pool.report(a, 'success')
  t.equal(ejectedFor(), 10_000)
})

t.test('what ends while a target is ejected says nothing new of it', async (t) => {
  const fixture = openPool()
  const [a] = both(fixture)
  failed(fixture, a, 5)
  fixture.pool.report(a, 'success')
  failed(fixture, a, 20)
  fixture.clock.advance(10_000)
  failed(fixture, a, 4)
  t.notOk(a.ejected, 'failures from then do not count')
  failed(fixture, a, 1)
  fixture.clock.advance(10_000)
  t.ok(a.ejected, 'nor do successes')
})

t.test('where no failures are set, none ejects', async (t) => {
  const fixture = openPool({ outlier: { failures: 0, ejectFor: 1000, most: 1 } })
  const [a] = both(fixture)
  failed(fixture, a, 1000)
  t.notOk(a.ejected)
})

t.test('when all fail alike, the cap keeps some in, and those that still fail follow when there is room', async (t) => {
  const fixture = openPool()
  fixture.pool.update(endpoints('a', 'b', 'c'))
  const targets = [fixture.take().target, fixture.take().target, fixture.take().target]
  for (const target of targets) failed(fixture, target, 50)
  t.same(targets.map(({ ejected }) => ejected), [true, false, false])
  fixture.clock.advance(10_000)
  failed(fixture, targets[1]!, 1)
  t.same(targets.map(({ ejected }) => ejected), [false, true, false])
})

t.test('a single target is never ejected', async (t) => {
  const fixture = openPool()
  fixture.pool.update(endpoints('a', ['idle', { weight: 0 }]))
  const { target } = fixture.take()
  failed(fixture, target, 50)
  t.notOk(target.ejected)
})

t.test('a target that has gone is not ejected, and makes no room when it was', async (t) => {
  const fixture = openPool()
  const [a, b] = both(fixture)
  failed(fixture, a, 5)
  a.begin()
  b.begin()
  fixture.pool.update(endpoints('a', 'c'))
  failed(fixture, b, 5)
  t.notOk(b.ejected)
  t.same(tally(fixture, 4), { c: 4 })
  fixture.pool.update(endpoints('b', 'c'))
  failed(fixture, b, 1)
  t.ok(b.ejected, 'only targets that are there count')
})

t.test('never more than the cap are ejected, whatever happens', async () => {
  const steps = fc.array(fc.oneof(
    fc.record({ target: fc.nat(), outcome: fc.constantFrom('success' as const, 'failure' as const, 'failure' as const) }),
    fc.record({ pause: fc.nat(3000) }),
  ), { maxLength: 200 })
  fc.assert(fc.property(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 0, max: 100 }), steps, (size, percent, steps) => {
    const fixture = openPool({ outlier: { failures: 2, ejectFor: 1000, most: percent / 100 } })
    fixture.pool.update(endpoints(...Array.from({ length: size }, (_, index) => `t${index}`)))
    const targets = Array.from({ length: size }, () => fixture.take().target)
    return steps.every((step) => {
      if ('pause' in step) fixture.clock.advance(step.pause)
      else fixture.pool.report(targets[step.target % size]!, step.outcome)
      return targets.filter(({ ejected }) => ejected).length <= Math.floor(percent * size / 100)
    })
  }), { numRuns: 50 })
})
