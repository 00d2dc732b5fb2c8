import type { Clock } from '../../clock.ts'
import { Flight, type Work } from './flight.ts'

/** What is under way, by all that tells it apart. The text itself is the key, never a digest of it. */
export class Flights<T> {
  readonly #open = new Map<string, Flight<T>>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Joins what is under way under a key, or begins it. */
  take(key: string, work: Work<T>): { readonly flight: Flight<T>, readonly joined: boolean } {
    const known = this.#open.get(key)
    if (known !== undefined) return { flight: known, joined: true }
    const flight = new Flight<T>(this.#clock, work, () => {
      if (this.#open.get(key) === flight) this.#open.delete(key)
    })
    this.#open.set(key, flight)
    return { flight, joined: false }
  }
}
