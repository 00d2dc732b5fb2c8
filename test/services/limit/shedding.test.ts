import t from 'tap'
import { settingsOf, simulate, type Spread } from './simulation.ts'

for (const spread of ['constant', 'exponential', 'some are slow'] satisfies Spread[]) {
  for (const { workers, ms, queue, adaptive = false } of [
    { workers: 20, ms: 50, queue: 128 },
    { workers: 20, ms: 50, queue: 128, adaptive: true },
    { workers: 20, ms: 20, queue: 20 },
    { workers: 4, ms: 10, queue: 128 },
    { workers: 60, ms: 100, queue: 128 },
  ]) {
    const what = `${workers} workers of ${ms} ms, ${spread}, queue ${queue}${adaptive ? ', adaptive' : ''}`
    t.test(`five times the capacity: ${what}`, async (t) => {
      const run = (share: number) => {
        const max = adaptive ? 256 : workers
        const { offer } = simulate(settingsOf({ max, queue, adaptive }), { workers, ms, spread })
        const rate = (workers / ms) * 1000 * share
        if (adaptive) offer(rate, 10_000)
        return offer(rate, 10_000)
      }
      const [busy, peak, over] = [run(0.9), run(1), run(5)]
      t.ok(over.goodput >= 0.9 * peak.goodput, `goodput ${over.goodput}, ${peak.goodput} at peak`)
      t.ok(over.p99 <= 2 * busy.p99, `p99 ${over.p99} ms, ${busy.p99} ms when just busy`)
    })
  }
}
