import type { RateValue } from '../config/units.ts'
import type { Limit } from './state.ts'

/** The limit that a rate means; it can be used up at once as often as its number says. */
export function limitOf(name: string, { count, periodMs }: RateValue, burst = count): Limit {
  return { name, intervalMs: periodMs / count, burst }
}
