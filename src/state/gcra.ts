import type { Limit, Take } from './state.ts'

/**
 * The generic cell rate algorithm: a key's whole state is the time at which its limit will be unused again. Times
 * are whole microseconds, so that sums are exact whatever the rate; an interval is rounded down to one, which lets
 * pass at most one in a million more at rates up to one a second, and one in a hundred at 10,000/s.
 */
export interface Measure {
  /** What one unit costs, in µs. */
  readonly interval: number
  /** The most that can be used up at once, in µs. */
  readonly capacity: number
  /** The most that a key can owe, in µs: also what a clock that jumps back can keep a client waiting. */
  readonly ceiling: number
}

export function measure({ intervalMs, burst }: Limit): Measure {
  const interval = Math.max(1, Math.floor(intervalMs * 1000))
  const capacity = interval * burst
  return { interval, capacity, ceiling: 2 * capacity }
}

/** How much of the limit is used at `now`, for a key that is unused again at `unusedAt`; all in µs. */
export function usedAt({ ceiling }: Measure, unusedAt: number, now: number): number {
  return Math.min(Math.max(unusedAt - now, 0), ceiling)
}

/** What a settled key has used, in µs. */
export function settled({ interval, ceiling }: Measure, used: number, delta: number): number {
  return Math.min(Math.max(used + Math.round(delta * interval), 0), ceiling)
}

/** Tells a take's outcome; `used` is what is used up after it, in µs. */
export function outcome({ interval, capacity }: Measure, allowed: boolean, used: number, cost: number): Take {
  const price = Math.round(cost * interval)
  return {
    allowed,
    remaining: Math.max(0, Math.floor((capacity - used) / interval)),
    resetMs: used / 1000,
    retryMs: allowed ? 0 : price > capacity ? Infinity : (used + price - capacity) / 1000,
  }
}
