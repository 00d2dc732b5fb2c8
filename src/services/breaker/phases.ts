import type { BreakerSettings } from '../../config/schema.ts'
import type { BreakerState } from '../../exchange.ts'
import { SlidingWindow } from '../window.ts'
import type { Outcome, Permit } from './permit.ts'

/**
 * What a breaker does from one change of state to the next. It is told only of calls that it let through
 * itself.
 */
export interface Phase {
  readonly state: BreakerState
  /** Time until it lets a call through, in ms; 0 where it would at `now`. */
  wait(now: number): number
  /** Lets a call through; `wait` has said 0. */
  enter(permit: Permit, now: number): void
  /** The state that follows from a call's end. */
  end(permit: Permit, outcome: Outcome, now: number): BreakerState
}

export function beginPhase(state: BreakerState, settings: BreakerSettings, now: number): Phase {
  if (state === 'closed') return new Closed(settings)
  return state === 'open' ? new Open(now + settings.openFor) : new HalfOpen(settings)
}

const counted = { good: 0, slow: 1, failed: 2 } as const

class Closed implements Phase {
  readonly state = 'closed'
  readonly #settings: BreakerSettings
  readonly #calls: SlidingWindow

  constructor(settings: BreakerSettings) {
    this.#settings = settings
    this.#calls = new SlidingWindow({ ms: settings.window, counters: 3 })
  }

  wait(): number {
    return 0
  }

  enter(): void {}

  end(_permit: Permit, outcome: Outcome, now: number): BreakerState {
    if (outcome === 'cancelled') return 'closed'
    this.#calls.add(now, counted[outcome])
    return this.#tooManyBad(now) ? 'open' : 'closed'
  }

  #tooManyBad(now: number): boolean {
    const { minimum, failures, slow } = this.#settings
    const [failed, slowed] = [this.#calls.total(now, counted.failed), this.#calls.total(now, counted.slow)]
    const all = this.#calls.total(now, counted.good) + slowed + failed
    if (all < minimum) return false
    return reaches(failed / all, failures) || (slow !== undefined && reaches(slowed / all, slow.share))
  }
}

/** None is never too many, whatever the setting. */
function reaches(share: number, limit: number): boolean {
  return share > 0 && share >= limit
}

class Open implements Phase {
  readonly state = 'open'
  readonly #until: number

  constructor(until: number) {
    this.#until = until
  }

  wait(now: number): number {
    return Math.max(0, this.#until - now)
  }

  enter(): void {}

  end(): BreakerState {
    return 'open'
  }
}

/** Trials have to be good: a slow one is as little proof that the target has recovered as a failed one. */
class HalfOpen implements Phase {
  readonly state = 'half-open'
  readonly #settings: BreakerSettings
  readonly #running = new Set<Permit>()
  #good = 0
  /** When a trial last began or ended. */
  #moved = 0

  constructor(settings: BreakerSettings) {
    this.#settings = settings
  }

  wait(now: number): number {
    const { trials, openFor } = this.#settings
    return this.#good + this.#running.size < trials ? 0 : Math.max(0, this.#moved + openFor - now)
  }

  enter(permit: Permit, now: number): void {
    // Trials that hang, or were lost, lose their places when nothing has come of any for a while. Should they
    // end after all, that counts: else a target that takes longer than that would never be called again.
    if (this.#good + this.#running.size >= this.#settings.trials) this.#running.clear()
    this.#running.add(permit)
    this.#moved = now
  }

  end(permit: Permit, outcome: Outcome, now: number): BreakerState {
    this.#running.delete(permit)
    this.#moved = now
    if (outcome === 'slow' || outcome === 'failed') return 'open'
    if (outcome === 'good') this.#good += 1
    return this.#good >= this.#settings.trials ? 'closed' : 'half-open'
  }
}
