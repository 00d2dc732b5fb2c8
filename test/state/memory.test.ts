import t from 'tap'
import fc from 'fast-check'
import { createMemoryState } from '../../src/state/memory.ts'
import type { Limit } from '../../src/state/state.ts'
import { TestClock } from '../clock.ts'
import { testState } from './contract.ts'

testState(t, async () => {
  const clock = new TestClock()
  return { state: createMemoryState({ clock }), advance: (ms) => clock.advance(ms) }
})

t.test('answers are values, not promises', async (t) => {
  const state = createMemoryState({ clock: new TestClock() })
  t.equal(state.take({ name: 'l', intervalMs: 1, burst: 1 }, 'k', 1).allowed, true)
  t.equal(state.setIfAbsent('k', 'v', 1), true)
})

/** Steps of a client: wait so many ms, then take so much. */
const steps = fc.array(fc.record({ wait: fc.nat(5000), cost: fc.integer({ min: 1, max: 3 }) }), { maxLength: 200 })
const limits = fc.record({ intervalMs: fc.integer({ min: 1, max: 2000 }), burst: fc.integer({ min: 1, max: 20 }) })

t.test('it is a bucket that holds the burst and is filled at the rate', async () => {
  fc.assert(
    fc.property(limits, steps, ({ intervalMs, burst }, steps) => {
      const clock = new TestClock()
      const state = createMemoryState({ clock })
      const limit: Limit = { name: 'l', intervalMs, burst }
      // The model counts what is left in ms of flow, which whole numbers hold exactly.
      let level = burst * intervalMs
      for (const { wait, cost } of steps) {
        clock.advance(wait)
        level = Math.min(burst * intervalMs, level + wait)
        const fits = level >= cost * intervalMs
        const retryMs = fits ? 0 : cost > burst ? Infinity : cost * intervalMs - level
        if (fits) level -= cost * intervalMs
        const take = state.take(limit, 'k', cost)
        const expected = { allowed: fits, remaining: Math.floor(level / intervalMs), resetMs: burst * intervalMs - level, retryMs }
        if (JSON.stringify(take) !== JSON.stringify(expected)) throw new Error(`${JSON.stringify(take)} is not ${JSON.stringify(expected)}`)
      }
    }),
    { numRuns: 300 },
  )
})

t.test('no window sees more than the burst and what flowed in', async () => {
  fc.assert(
    fc.property(fc.record({ count: fc.integer({ min: 1, max: 5000 }), burst: fc.integer({ min: 1, max: 20 }) }), steps, ({ count, burst }, steps) => {
      const clock = new TestClock()
      const state = createMemoryState({ clock })
      const limit: Limit = { name: 'l', intervalMs: 60_000 / count, burst }
      const passed: { at: number; cost: number }[] = []
      for (const { wait, cost } of steps) {
        clock.advance(wait)
        if (state.take(limit, 'k', cost).allowed) passed.push({ at: clock.now(), cost })
      }
      passed.forEach((first, index) => {
        let sum = 0
        for (const { at, cost } of passed.slice(index)) {
          sum += cost
          // An interval is rounded down to a microsecond.
          const most = burst + ((at - first.at) / limit.intervalMs) * (1 + 1 / (limit.intervalMs * 1000 - 1)) + 1e-6
          if (sum > most) throw new Error(`${sum} passed where ${most} may`)
        }
      })
    }),
    { numRuns: 200 },
  )
})

t.test('memory is bounded, and the keys that have used least are forgotten', async (t) => {
  const clock = new TestClock()
  const state = createMemoryState({ clock, keys: 100 })
  const limit: Limit = { name: 'l', intervalMs: 60_000, burst: 10 }
  state.take(limit, 'heavy', 10)
  for (let n = 0; n < 10_000; n++) state.take(limit, `visitor ${n}`, 1)
  t.match(state.take(limit, 'heavy', 1), { allowed: false }, 'a flood of keys does not wash away who is at the limit')
  for (let n = 0; n < 10_000; n++) state.set(`value ${n}`, 'x', 1000 + n)
  const left = Array.from({ length: 10_000 }, (_, n) => state.get(`value ${n}`)).filter((value) => value !== undefined)
  t.equal(left.length, 100)
})

t.test('large values make room for each other alone', async (t) => {
  const state = createMemoryState({ clock: new TestClock() })
  const [mebibyte, mark] = ['x'.repeat(1024 ** 2), 'in flight']
  state.set('mark', mark, 60_000)
  for (let n = 0; n < 100; n++) state.set(`large ${n}`, mebibyte, 60_000)
  const left = Array.from({ length: 100 }, (_, n) => n).filter((n) => state.get(`large ${n}`) !== undefined)
  t.equal(left.at(-1), 99)
  t.ok(left.length > 50 && left.length <= 64)
  t.equal(state.get('mark'), mark)
})

t.test('a clock that jumps back keeps nobody waiting for long', async (t) => {
  let now = Date.UTC(2026, 0, 1)
  const state = createMemoryState({ clock: { now: () => now, elapsed: () => now, after: () => () => undefined } })
  const limit: Limit = { name: 'l', intervalMs: 1000, burst: 5 }
  state.take(limit, 'k', 5)
  now -= 86_400_000
  t.ok(state.take(limit, 'k', 1).retryMs <= 10_000)
})
