import fc from 'fast-check'
import t from 'tap'
import { RetryBudget } from '../../../src/services/retry/budget.ts'
import { TestClock } from '../../clock.ts'

function budget(share = 0.2) {
  const clock = new TestClock()
  const budget = new RetryBudget(share, clock)
  return {
    clock,
    call: (times: number) => Array.from({ length: times }, () => budget.call()),
    /** How many of so many retries are given. */
    take: (times: number) => Array.from({ length: times }, () => budget.take()).filter(Boolean).length,
  }
}

t.test('ten retries are there without any call', async (t) => {
  const { take } = budget()
  t.equal(take(100), 10)
})

t.test('beyond them, retries are a share of the calls', async (t) => {
  const { call, take } = budget()
  call(99)
  t.equal(take(100), 19)
  call(1)
  t.equal(take(100), 1)
})

t.test('a share is exact where its binary fraction is not', async (t) => {
  for (const percent of [7, 29, 57, 58]) {
    const { call, take } = budget(percent / 100)
    call(1000)
    t.equal(take(1000), percent * 10, `${percent}%`)
  }
})

t.test('no share leaves the ten, a whole one a retry for each call', async (t) => {
  const [none, all] = [budget(0), budget(1)]
  none.call(1000)
  all.call(1000)
  t.equal(none.take(2000), 10)
  t.equal(all.take(2000), 1000)
})

t.test('refused retries take nothing', async (t) => {
  const { call, take } = budget()
  t.equal(take(1000), 10)
  call(100)
  t.equal(take(1000), 10)
})

t.test('calls and retries are forgotten after ten seconds', async (t) => {
  const { clock, call, take } = budget()
  call(1000)
  clock.advance(10_000)
  t.equal(take(100), 10)
  clock.advance(9999)
  t.equal(take(100), 0)
  clock.advance(1001)
  t.equal(take(100), 10)
})

t.test('wherever in a second it was taken, a retry counts for ten', async (t) => {
  for (const start of [0, 1, 500, 999]) {
    const { clock, take } = budget()
    clock.advance(start)
    take(10)
    clock.advance(10_000)
    t.equal(take(1), 0)
    clock.advance(1000)
    t.equal(take(1), 1)
  }
})

type Step = { pause: number } | { calls: number } | { retries: number }
const step = fc.oneof<fc.Arbitrary<Step>[]>(
  fc.record({ pause: fc.oneof(fc.nat(300), fc.nat(12_000), fc.integer({ min: 9500, max: 10_000 })) }),
  fc.record({ calls: fc.nat(200) }),
  fc.record({ retries: fc.nat(60) }),
)
// In percent: shares in the config have no more digits than can be told apart.
const shares = fc.nat(100).map((percent) => percent / 100)

t.test('each retry leaves the last ten seconds within the bound, however calls come', async () => {
  fc.assert(fc.property(shares, fc.array(step, { maxLength: 60, size: 'max' }), (share, steps) => {
    const { clock, call, take } = budget(share)
    const [calls, retries]: [number[], number[]] = [[], []]
    const latest = (times: number[]) => times.filter((at) => clock.now() - at <= 10_000).length
    return steps.every((step) => {
      if ('pause' in step) return clock.advance(step.pause), true
      if ('calls' in step) return calls.push(...call(step.calls).map(() => clock.now())), true
      for (let left = step.retries; left > 0; left -= 1) {
        if (take(1) === 0) continue
        retries.push(clock.now())
        if (latest(retries) > Math.max(10, share * latest(calls) + 1e-9)) return false
      }
      return true
    })
  }))
})

t.test('within one window, retries are exactly what is asked for, up to the bound', async () => {
  const short = fc.array(fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({ pause: fc.nat(100) }), fc.record({ calls: fc.nat(200) }), fc.record({ retries: fc.nat(60) }),
  ), { maxLength: 80, size: 'max' })
  fc.assert(fc.property(fc.nat(100), short, (percent, steps) => {
    const { clock, call, take } = budget(percent / 100)
    let [calls, retries] = [0, 0]
    return steps.every((step) => {
      if ('pause' in step) return clock.advance(step.pause), true
      if ('calls' in step) return calls += call(step.calls).length, true
      const left = Math.max(10, Math.floor(percent * calls / 100)) - retries
      const due = Math.min(step.retries, left)
      retries += due
      return take(step.retries) === due
    })
  }))
})

t.test('when every call fails for long, the service sees a share of calls more', async (t) => {
  const { clock, call, take } = budget()
  let retries = 0
  for (let second = 0; second < 100; second += 1) {
    call(100)
    retries += take(100)
    clock.advance(1000)
  }
  t.ok(retries <= 2000, `${retries} retries`)
  t.ok(retries >= 1600, `${retries} retries`)
})
