import type { Clock } from '../clock.ts'
import { SlidingWindow } from './window.ts'

/** Each bucket reaches so much further than the one before: its middle is less than 5 % from all in it. */
const growth = 1.1
const shortest = 0.01
const longest = 86_400_000
const buckets = Math.ceil(Math.log(longest / shortest) / Math.log(growth)) + 1
const fewest = 20

/**
 * Quantiles of the latest 30 seconds' times, in constant memory. They are counted in buckets of logarithmic
 * width, after "DDSketch" (Masson, Rim and Lee, 2019): a quantile is at most 5 % off, from 10 microseconds to
 * a day.
 */
export class Latency {
  readonly #clock: Clock
  readonly #times = new SlidingWindow({ ms: 30_000, counters: buckets, buckets: 6 })

  constructor(clock: Clock) {
    this.#clock = clock
  }

  observe(ms: number): void {
    this.#times.add(this.#clock.elapsed(), bucketOf(ms))
  }

  /**
   * The time, in ms, that the share `q` of all calls stays within; undefined where there are too few to tell.
   */
  quantile(q: number): number | undefined {
    const counts = this.#times.totals(this.#clock.elapsed())
    let all = 0
    for (let bucket = 0; bucket < buckets; bucket += 1) all += counts[bucket] ?? 0
    if (all < fewest) return undefined
    let left = Math.max(1, Math.ceil(q * all))
    for (let bucket = 0; bucket < buckets; bucket += 1) {
      left -= counts[bucket] ?? 0
      if (left <= 0) return middleOf(bucket)
    }
    return undefined
  }
}

function bucketOf(ms: number): number {
  const bucket = Math.ceil(Math.log(ms / shortest) / Math.log(growth))
  return Math.min(Math.max(bucket, 0), buckets - 1)
}

/** What is as far, in proportion, from the bucket's least time as from its longest. */
function middleOf(bucket: number): number {
  return (shortest * growth ** bucket * 2) / (growth + 1)
}
