import fc from 'fast-check'
import t from 'tap'
import { shareOut } from '../../../src/services/targets/levels.ts'
import { endpoints, openPool, tally } from './pool.ts'

/** So many of so many targets. */
const part = fc.tuple(fc.nat(1000), fc.integer({ min: 1, max: 1000 })).map(([fit, all]) => Math.min(fit, all) / all)
const fitness = fc.array(part, { minLength: 1, maxLength: 6 })
const slack = 1e-9

t.test('the shares of the levels are all the calls, and none is less than nothing', async () => {
  fc.assert(fc.property(fitness, (fit) => {
    const shares = shareOut(fit)
    return shares.length === fit.length && shares.every((share) => share >= 0)
      && Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < slack
  }))
})

t.test('a level whose targets recover takes no smaller share, and no other takes a larger one', async () => {
  fc.assert(fc.property(fitness, fc.nat(), part, (fit, which, better) => {
    const index = which % fit.length
    const before = shareOut(fit)
    const after = shareOut(fit.map((share, at) => at === index ? Math.max(share, better) : share))
    // Where nothing is fit the first level takes all, as good as any.
    if (fit.every((share) => share === 0)) return true
    return after.every((share, at) => at === index ? share >= before[at]! - slack : share <= before[at]! + slack)
  }))
})

t.test('a level takes calls only when those before it are too few', async () => {
  fc.assert(fc.property(fitness, (fit) => {
    const shares = shareOut(fit)
    return shares.every((share, at) => share < slack || fit.slice(0, at).reduce((sum, before) => sum + before, 0) < 5 / 7 + slack || share === 1)
  }))
})

t.test('examples', async (t) => {
  const shares = (...fit: number[]) => shareOut(fit).map((share) => Math.round(share * 100))
  t.same(shares(1, 1), [100, 0])
  t.same(shares(0.75, 1), [100, 0])
  t.same(shares(0.5, 1), [70, 30])
  t.same(shares(0, 1), [0, 100])
  t.same(shares(0, 0.1), [0, 100])
  t.same(shares(0.25, 0.25, 1), [35, 35, 30])
  t.same(shares(0.1, 0.3), [25, 75])
  t.same(shares(0, 0), [100, 0])
})

/** A pool of targets at these places, of which the first so many are ejected. */
function withEjected(panic: number, ejected: number, hosts: string[], reserve: string[] = []) {
  const fixture = openPool({ panic, slowStart: 0, outlier: { failures: 1, ejectFor: 1000, most: 1 } })
  const all = [...hosts, ...reserve]
  fixture.pool.update(endpoints(...all.map((host): [string, object] => [host, { group: host }])))
  for (const group of all.slice(0, ejected)) fixture.pool.report(fixture.take({ group }).target, 'failure')
  fixture.pool.update(endpoints(...hosts, ...reserve.map((host): [string, object] => [host, { priority: 1 }])))
  return fixture
}

t.test('when fewer than the panic share are fit, all take calls', async (t) => {
  t.same(tally(withEjected(0.5, 2, ['a', 'b', 'c', 'd']), 8), { c: 4, d: 4 }, 'half of them are enough')
  t.same(tally(withEjected(0.5, 3, ['a', 'b', 'c', 'd']), 8), { a: 2, b: 2, c: 2, d: 2 })
  t.same(tally(withEjected(1, 1, ['a', 'b', 'c', 'd']), 8), { a: 2, b: 2, c: 2, d: 2 }, 'when all have to be')
  t.same(tally(withEjected(0, 3, ['a', 'b', 'c', 'd']), 8), { d: 8 })
  t.match(withEjected(0, 2, ['a', 'b']).pick(), { code: 'NO_TARGET' }, 'where there is no panic none is left')
})

t.test('there is no panic while another level can take over', async (t) => {
  t.same(tally(withEjected(0.5, 3, ['a', 'b', 'c'], ['reserve']), 8), { reserve: 8 })
  t.same(tally(withEjected(0.5, 4, ['a', 'b', 'c'], ['reserve']), 9), { a: 3, b: 3, c: 3 }, 'the first level when all are unfit')
})
