import type { Clock } from '../../clock.ts'
import { SlidingWindow } from '../window.ts'

const seconds = 10
/** Retries that the time above always allows, so that a service with few calls has some. */
const least = 10

/**
 * Keeps retries, hedges included, to a share of the client's calls of the last 10 seconds, so that they can't
 * multiply an outage; after Finagle's retry budget.
 */
export class RetryBudget {
  readonly #share: number
  readonly #clock: Clock
  // In doubt a retry too few: calls are forgotten within the 10 seconds, retries in the second after them.
  readonly #calls = new SlidingWindow({ ms: seconds * 1000, buckets: seconds })
  readonly #retries = new SlidingWindow({ ms: (seconds + 1) * 1000, buckets: seconds + 1 })

  constructor(share: number, clock: Clock) {
    this.#share = share
    this.#clock = clock
  }

  /** Counts a client's call; not its retries. */
  call(): void {
    this.#calls.add(this.#clock.elapsed())
  }

  /** Takes one retry, or says that there is none. */
  take(): boolean {
    const now = this.#clock.elapsed()
    const retries = this.#retries.total(now) + 1
    if (retries > least && retries / this.#calls.total(now) > this.#share) return false
    this.#retries.add(now)
    return true
  }
}
