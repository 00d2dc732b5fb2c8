import type { CallContext } from '../service.ts'
import type { Balancer, Candidate } from './balancer.ts'

/**
 * Sends calls to the targets in turn, each as often as its weight says, and spread over the cycle instead of in runs
 * (the smooth weighted round-robin of nginx).
 */
export class RoundRobin implements Balancer {
  /** How far each target is behind its due, in calls times weight. */
  readonly #due = new WeakMap<Candidate, number>()
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  choose<T extends Candidate>(candidates: readonly T[], _context: CallContext, now: number): T | undefined {
    let chosen: T | undefined
    let most = -Infinity
    let total = 0
    for (const candidate of candidates) {
      const weight = candidate.weight(now)
      const due = (this.#due.get(candidate) ?? 0) + weight
      this.#due.set(candidate, due)
      total += weight
      if (due <= most) continue
      chosen = candidate
      most = due
    }
    if (chosen !== undefined) this.#due.set(chosen, most - total)
    return chosen
  }

  place(): number {
    return this.#random()
  }
}
