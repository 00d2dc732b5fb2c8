import { Breaker } from '../../../src/services/breaker/breaker.ts'
import type { BreakerSettings } from '../../../src/config/schema.ts'
import type { BreakerState } from '../../../src/exchange.ts'
import { TestClock } from '../../clock.ts'

const usual: BreakerSettings = {
  window: 10_000, minimum: 4, failures: 0.5, statuses: [], openFor: 5000, trials: 2, mode: 'enforce',
}

/** A breaker with a clock to drive, and the states that it has gone to. */
export function openable(settings: Partial<BreakerSettings> = {}) {
  const clock = new TestClock()
  const changes: BreakerState[] = []
  const breaker = new Breaker({ ...usual, ...settings }, clock, (state) => changes.push(state))
  /** Lets a call through that must be. */
  const enter = () => {
    const permit = breaker.enter()
    if (permit === null) throw new Error('refused')
    return permit
  }
  const calls = {
    good: () => enter().succeed(1),
    slow: () => enter().succeed(1000),
    failed: () => enter().fail(),
    cancelled: () => enter().cancel(),
  }
  const make = (...ends: (keyof typeof calls)[]) => ends.forEach((end) => calls[end]())
  return { breaker, clock, changes, enter, make }
}
