import type { Clock } from '../../clock.ts'
import { asSluiceError, type SluiceError } from '../../errors.ts'
import type { CallContext } from '../service.ts'

/** What becomes of a call that waits; exactly one of these, once. */
export interface Turn {
  /** It is the call's turn. */
  start(): void
  /** The call waited in vain. */
  refuse(): void
  /** Who made the call no longer wants it. */
  abandon(reason: SluiceError): void
}

interface Waiting {
  readonly turn: Turn
  readonly since: number
  leave(): void
}

/**
 * Calls that wait for a place, first in, first out, each until its turn, its deadline or its signal's abort.
 *
 * A burst that fits in waits for as long as it takes. But once the queue was full, more comes than can be
 * served, and standing in line gains nobody anything: from then until it is empty, those whose turn comes
 * later than is useful are refused and fresher ones served, so that whoever is answered is answered soon
 * (after CoDel, and Facebook's use of it in "Fail at Scale", 2015; being full is the sign here, since bursts,
 * such as the calls of one GraphQL operation, would look like overload to a sign that is time alone).
 */
export class Queue {
  readonly #size: number
  readonly #clock: Clock
  /** In the order in which they came. */
  readonly #waiting = new Set<Waiting>()
  #wasFull = false

  constructor(size: number, clock: Clock) {
    this.#size = size
    this.#clock = clock
  }

  get length(): number {
    return this.#waiting.size
  }

  /** Puts a call at the end; false where the queue is full. */
  add(context: CallContext, turn: Turn): boolean {
    if (this.#waiting.size >= this.#size) {
      this.#wasFull = true
      return false
    }
    this.#waiting.add(this.#admit(context, turn))
    return true
  }

  /**
   * Takes out the call whose turn it is. `useful` is the longest wait that is, in ms, while the queue
   * overflows.
   */
  next(useful: number): Turn | undefined {
    const now = this.#clock.elapsed()
    for (const waiting of this.#waiting) {
      const vain = this.#wasFull && now - waiting.since > useful
      waiting.leave()
      if (!vain) return waiting.turn
      waiting.turn.refuse()
    }
    return undefined
  }

  #admit({ signal, deadline, facts }: CallContext, turn: Turn): Waiting {
    const since = this.#clock.elapsed()
    const leave = () => {
      this.#waiting.delete(waiting)
      if (this.#waiting.size === 0) this.#wasFull = false
      stop()
      signal.removeEventListener('abort', onAbort)
      if (facts !== undefined) facts.queuedMs = this.#clock.elapsed() - since
    }
    const onAbort = () => {
      leave()
      turn.abandon(asSluiceError(signal.reason))
    }
    const onDeadline = () => {
      leave()
      turn.refuse()
    }
    const left = Math.max(0, deadline - since)
    const stop = left === Infinity ? () => undefined : this.#clock.after(left, onDeadline)
    signal.addEventListener('abort', onAbort, { once: true })
    const waiting: Waiting = { turn, since, leave }
    return waiting
  }
}
