/** How a call ended, as far as its target is concerned. */
export type Outcome = 'good' | 'slow' | 'failed' | 'cancelled'

/**
 * Leave to make a call. The first of its methods to be called tells how the call ended; later ones do
 * nothing.
 */
export interface Permit {
  /**
   * Whether the breaker, were it not in shadow, would have refused the call. Nothing then follows from its
   * end.
   */
  readonly refused: boolean
  /** The answer is there; its head came after `ms`. */
  succeed(ms: number): void
  /** The target failed. */
  fail(): void
  /** The call was given up for no fault of the target's: that says nothing of it. */
  cancel(): void
}

/** What a call in shadow gets where enforcing would refuse it. */
export const refusedPermit: Permit = Object.freeze({ refused: true, succeed() {}, fail() {}, cancel() {} })

/** A permit that tells how its call ended, once. Calls are slow from `slowFrom` ms on. */
export class CallPermit implements Permit {
  readonly refused = false
  readonly #slowFrom: number
  #ended: ((permit: Permit, outcome: Outcome) => void) | null

  constructor(slowFrom: number, ended: (permit: Permit, outcome: Outcome) => void) {
    this.#slowFrom = slowFrom
    this.#ended = ended
  }

  succeed(ms: number): void {
    this.#end(ms >= this.#slowFrom ? 'slow' : 'good')
  }

  fail(): void {
    this.#end('failed')
  }

  cancel(): void {
    this.#end('cancelled')
  }

  #end(outcome: Outcome): void {
    const ended = this.#ended
    this.#ended = null
    ended?.(this, outcome)
  }
}
