import fc from 'fast-check'
import t from 'tap'
import { AdaptiveLimit } from '../../../src/services/limit/adaptive.ts'
import { TestClock } from '../../clock.ts'
import { settingsOf, simulate, type Spread } from './simulation.ts'

const adaptive = settingsOf({ adaptive: true })

/** Enough to learn from, and enough to see what was learned, in ms. */
const [settling, watching] = [20_000, 10_000]

for (const spread of ['constant', 'exponential', 'some are slow'] satisfies Spread[]) {
  for (const { workers, ms } of [{ workers: 4, ms: 20 }, { workers: 20, ms: 50 }, { workers: 60, ms: 100 }]) {
    t.test(`what ${workers} workers of ${ms} ms can take is learned, ${spread}`, async (t) => {
      const { offer, limiter } = simulate(adaptive, { workers, ms, spread })
      const rate = (workers / ms) * 1000
      offer(rate * 3, settling)
      const { goodput } = offer(rate * 3, watching)
      t.ok(limiter.limit <= 3.5 * workers, `limit ${limiter.limit}`)
      t.ok(goodput >= 0.9, `goodput ${goodput}`)
    })
  }

  t.test(`a service that becomes slower or faster is followed, ${spread}`, async (t) => {
    const { offer, limiter, change } = simulate(adaptive, { workers: 40, ms: 100, spread })
    const expect = (workers: number, what: string) => {
      offer(1000, settling)
      const { goodput } = offer(1000, watching)
      t.ok(goodput >= 0.9, `${what}: goodput ${goodput}`)
      t.ok(limiter.limit <= 4 * workers, `${what}: limit ${limiter.limit}`)
    }
    expect(40, 'at first')
    change({ workers: 8 })
    expect(8, 'with fewer workers')
    change({ workers: 40 })
    expect(40, 'with more again')
    change({ ms: 300 })
    expect(40, 'with work that takes longer, which is no queue')
  })
}

t.test('a service that is not busy is not limited', async (t) => {
  const { offer, limiter } = simulate(adaptive, { workers: 50, ms: 50, spread: 'exponential' })
  offer(800, settling)
  const { goodput } = offer(800, watching)
  t.ok(goodput > 0.75, `${goodput}`)
  t.ok(limiter.limit > 50)
})

t.test('timeouts lower the limit to the floor, and it comes back', async (t) => {
  const { offer, limiter, change } = simulate(adaptive, { workers: 40, ms: 50, spread: 'exponential' }, 1000)
  offer(2000, watching)
  t.ok(limiter.limit >= 40, `${limiter.limit}`)
  change({ workers: 0 })
  offer(2000, 3 * settling)
  t.ok(limiter.limit <= 8, `${limiter.limit}`)
  change({ workers: 40 })
  offer(2000, watching)
  const { goodput } = offer(2000, watching)
  t.ok(goodput >= 0.9, `goodput ${goodput}`)
})

t.test('a few failures do not take the limit away', async (t) => {
  const clock = new TestClock()
  const limit = new AdaptiveLimit(256, clock)
  for (let call = 0; call < 20_000; call++) {
    const begun = clock.elapsed()
    clock.advance(5)
    if (call % 100 === 0) limit.dropped(limit.current)
    else limit.answered(begun, limit.current)
  }
  t.ok(limit.current >= 64, `${limit.current}`)
})

t.test('the limit is never above the most nor below the floor, whatever is seen', async () => {
  const call = fc.record({ ms: fc.nat(5000), pause: fc.nat(200), working: fc.nat(400), dropped: fc.boolean() })
  fc.assert(fc.property(fc.integer({ min: 1, max: 300 }), fc.array(call, { maxLength: 600, size: 'max' }), (max, calls) => {
    const clock = new TestClock()
    const limit = new AdaptiveLimit(max, clock)
    return calls.every(({ ms, pause, working, dropped }) => {
      clock.advance(pause)
      if (dropped) limit.dropped(working)
      else limit.answered(clock.elapsed() - ms, working)
      return limit.current <= max && limit.current >= Math.min(4, max)
    })
  }), { numRuns: 200 })
})
