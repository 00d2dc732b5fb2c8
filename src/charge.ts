import type { SluiceError } from './errors.ts'
import { Kept } from './kept.ts'

/** What the limits of an exchange count that is known only at the end of its route. */
export interface Charge {
  /** Takes so many calls before the first is made, from all limits or from none; gives the refusal where they aren't there. */
  take(calls: number): SluiceError | undefined | Promise<SluiceError | undefined>
  /** Gives back what was taken beyond the calls that were made. */
  settle(made: number): void
}

/** The charge that a policy leaves for the end of the route; an exchange without one pays nothing. */
export const charges = new Kept<Charge>()
