import type { Clock } from '../clock.ts'

/**
 * One timer for the waits of a call, of which each takes the place of the one before. A wait that ends later than the
 * timer costs no timer of its own: when the timer comes too early, it is set again for the rest.
 */
export class Alarm {
  readonly #clock: Clock
  readonly #ring: () => void
  /** When to ring, and when the timer comes, in the clock's `elapsed`. */
  #due = Infinity
  #comes = Infinity
  #stop: (() => void) | undefined

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock
    this.#ring = ring
  }

  /** Rings in `ms`, unless it is set again, paused or cleared before; never for Infinity. */
  set(ms: number): void {
    const now = this.#clock.elapsed()
    this.#due = now + ms
    if (this.#due < this.#comes) this.#arm(ms)
  }

  /** Does not ring until it is set again. */
  pause(): void {
    this.#due = Infinity
  }

  /** Lets the timer go. */
  clear(): void {
    this.#stop?.()
    this.#due = Infinity
    this.#comes = Infinity
  }

  #arm(ms: number): void {
    this.#stop?.()
    this.#comes = this.#clock.elapsed() + ms
    this.#stop = this.#clock.after(ms, () => this.#come())
  }

  #come(): void {
    this.#comes = Infinity
    if (this.#due === Infinity) return
    const left = this.#due - this.#clock.elapsed()
    if (left > 0) this.#arm(left)
    else this.#ring()
  }
}
