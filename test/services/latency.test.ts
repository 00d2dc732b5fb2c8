import fc from 'fast-check'
import t from 'tap'
import { Latency } from '../../src/services/latency.ts'
import { TestClock } from '../clock.ts'

function latency(...times: number[]) {
  const clock = new TestClock()
  const latency = new Latency(clock)
  for (const ms of times) latency.observe(ms)
  return { clock, latency }
}

function near(actual: number | undefined, expected: number): boolean {
  return actual !== undefined && Math.abs(actual - expected) <= expected * 0.05
}

t.test('a quantile is the time that so many calls stay within', async (t) => {
  const { latency: hundred } = latency(...Array.from({ length: 100 }, (_, index) => index + 1))
  for (const [q, expected] of [[0, 1], [0.5, 50], [0.95, 95], [0.99, 99], [1, 100]] as const) {
    t.ok(near(hundred.quantile(q), expected), `${q}: ${hundred.quantile(q)}`)
  }
})

t.test('too few calls say nothing', async (t) => {
  const { latency: few } = latency(...Array.from({ length: 19 }, () => 5))
  t.equal(few.quantile(0.5), undefined)
  few.observe(5)
  t.ok(near(few.quantile(0.5), 5))
})

t.test('calls are forgotten after half a minute', async (t) => {
  const { clock, latency: one } = latency(...Array.from({ length: 100 }, () => 1000))
  clock.advance(20_000)
  for (let count = 0; count < 30; count += 1) one.observe(10)
  t.ok(near(one.quantile(0.5), 1000))
  clock.advance(10_000)
  t.ok(near(one.quantile(1), 10))
  clock.advance(20_000)
  t.equal(one.quantile(0.5), undefined)
})

t.test('times beyond what can be told apart count as the shortest and the longest', async (t) => {
  const { latency: odd } = latency(...Array.from({ length: 20 }, (_, index) => index < 10 ? 0 : 1e12))
  t.ok(near(odd.quantile(0.1), 0.01))
  t.ok(near(odd.quantile(0.9), 86_400_000))
})

const time = fc.oneof(
  fc.double({ min: 0.01, max: 10, noNaN: true }),
  fc.double({ min: 1, max: 5000, noNaN: true }),
  fc.integer({ min: 1, max: 86_400_000 }),
)

t.test('each quantile is within 5 % of the time in its place among all', async () => {
  const q = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(fc.property(fc.array(time, { minLength: 20, maxLength: 300, size: 'max' }), q, (times, q) => {
    const place = Math.max(1, Math.ceil(q * times.length)) - 1
    return near(latency(...times).latency.quantile(q), times.sort((a, b) => a - b)[place]!)
  }), { numRuns: 300 })
})

t.test('over time, a quantile is that of some time from 25 to 30 seconds back', async () => {
  const step = fc.record({ pause: fc.nat(3000), ms: fc.integer({ min: 1, max: 1000 }) })
  fc.assert(fc.property(fc.array(step, { minLength: 20, maxLength: 100, size: 'max' }), (steps) => {
    const { clock, latency: one } = latency()
    const seen: { at: number; ms: number }[] = []
    for (const { pause, ms } of steps) {
      clock.advance(pause)
      one.observe(ms)
      seen.push({ at: clock.now(), ms })
    }
    const starts = seen.filter(({ at }) => clock.now() - at < 30_000)
    const expected = starts.filter((_, index) => {
      const before = seen[seen.length - starts.length + index - 1]
      return index === 0 || (before !== undefined && clock.now() - before.at > 25_000)
    }).map((_, index) => {
      const times = starts.slice(index).map(({ ms }) => ms).sort((a, b) => a - b)
      return times.length < 20 ? undefined : times[Math.ceil(0.95 * times.length) - 1]
    })
    const actual = one.quantile(0.95)
    return expected.some((one) => one === undefined ? actual === undefined : near(actual, one))
  }))
})
