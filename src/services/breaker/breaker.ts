import type { Clock } from '../../clock.ts'
import type { BreakerSettings } from '../../config/schema.ts'
import type { BreakerState } from '../../exchange.ts'
import { CallPermit, refusedPermit, type Permit } from './permit.ts'
import { beginPhase, type Phase } from './phases.ts'

export type { Permit } from './permit.ts'

/**
 * Stops the calls to a target that fails or is slow, and tries it again after a while: closed, open,
 * half-open, after "Release It!" (Nygard, 2007). It goes by the clock alone, without timers, so `changed`
 * hears that it is half-open when somebody next asks. In shadow its states are the same, but it refuses no
 * call.
 */
export class Breaker {
  readonly #settings: BreakerSettings
  readonly #clock: Clock
  readonly #changed: (state: BreakerState) => void
  #phase: Phase

  constructor(settings: BreakerSettings, clock: Clock, changed: (state: BreakerState) => void = () => {}) {
    this.#settings = settings
    this.#clock = clock
    this.#changed = changed
    this.#phase = beginPhase('closed', settings, clock.elapsed())
  }

  get state(): BreakerState {
    return this.#phaseAt(this.#clock.elapsed()).state
  }

  /**
   * Time until it lets a call through, in ms; 0 where it would now. While all trials run, that is when they
   * would be given up. In shadow, what it would be.
   */
  get retryAfterMs(): number {
    const now = this.#clock.elapsed()
    return this.#phaseAt(now).wait(now)
  }

  /** Asks to make a call; null where it may not be made, never so in shadow. */
  enter(): Permit | null {
    const now = this.#clock.elapsed()
    const phase = this.#phaseAt(now)
    if (phase.wait(now) > 0) return this.#settings.mode === 'shadow' ? refusedPermit : null
    const permit = new CallPermit(this.#settings.slow?.over ?? Infinity, (ended, outcome) => {
      // What a call of an earlier phase met says nothing about this one.
      if (phase !== this.#phase) return
      const at = this.#clock.elapsed()
      this.#follow(phase.end(ended, outcome, at), at)
    })
    phase.enter(permit, now)
    return permit
  }

  #phaseAt(now: number): Phase {
    if (this.#phase.state === 'open' && this.#phase.wait(now) === 0) this.#follow('half-open', now)
    return this.#phase
  }

  #follow(state: BreakerState, now: number): void {
    if (state === this.#phase.state) return
    this.#phase = beginPhase(state, this.#settings, now)
    this.#changed(state)
  }
}
