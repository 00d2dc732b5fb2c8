import type { CallContext } from '../service.ts'

/** What a balancer knows of a target. */
export interface Candidate {
  /** Tells it from all others, here and at other gateways. */
  readonly name: string
  /** Calls that it works on. */
  readonly inFlight: number
  /** Its part of the calls beside the others, at this time of the clock's `elapsed`; more than 0. */
  weight(now: number): number
}

/** Decides which of several targets takes a call. */
export interface Balancer {
  /** Chooses one of the candidates, whichever they are this time; undefined where there is none. */
  choose<T extends Candidate>(candidates: readonly T[], context: CallContext, now: number): T | undefined
  /** Where a call stands among all calls, from 0 to below 1, when shares of them go to different places. */
  place(context: CallContext): number
}
