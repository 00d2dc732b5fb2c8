interface WindowShape {
  /** How far back it looks, in ms. */
  ms: number
  /** How many things are counted, each by its index. */
  counters?: number
  /** In how many steps the past is forgotten. */
  buckets?: number
}

/**
 * Counts over the latest past. Time is cut into buckets, and the oldest is dropped when a new one begins:
 * what is `ms` old no longer counts, what is younger by a bucket still does. Times are the clock's `elapsed`,
 * in ms.
 */
export class SlidingWindow {
  readonly #width: number
  readonly #buckets: number
  readonly #counters: number
  /** One ring of buckets, each with all its counters. */
  readonly #counts: Uint32Array
  readonly #totals: Uint32Array
  /** The number of the newest bucket since the clock's beginning. */
  #newest = 0

  constructor({ ms, counters = 1, buckets = 10 }: WindowShape) {
    this.#width = ms / buckets
    this.#buckets = buckets
    this.#counters = counters
    this.#counts = new Uint32Array(buckets * counters)
    this.#totals = new Uint32Array(counters)
  }

  add(now: number, counter = 0): void {
    this.#advance(now)
    const at = (this.#newest % this.#buckets) * this.#counters + counter
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.#totals[counter] = (this.#totals[counter] ?? 0) + 1
  }

  total(now: number, counter = 0): number {
    return this.totals(now)[counter] ?? 0
  }

  /** The totals of all counters, until the window is next used. */
  totals(now: number): ArrayLike<number> {
    this.#advance(now)
    return this.#totals
  }

  #advance(now: number): void {
    const newest = Math.floor(now / this.#width)
    const begun = Math.min(newest - this.#newest, this.#buckets)
    for (let bucket = newest - begun + 1; bucket <= newest; bucket += 1) this.#drop(bucket % this.#buckets)
    if (begun > 0) this.#newest = newest
  }

  #drop(bucket: number): void {
    const from = bucket * this.#counters
    for (let counter = 0; counter < this.#counters; counter += 1) {
      this.#totals[counter] = (this.#totals[counter] ?? 0) - (this.#counts[from + counter] ?? 0)
    }
    this.#counts.fill(0, from, from + this.#counters)
  }
}
