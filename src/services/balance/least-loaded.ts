import type { CallContext } from '../service.ts'
import type { Balancer, Candidate } from './balancer.ts'

/**
 * Draws two targets, by weight, and takes the one with fewer calls in flight for its weight ("The Power of Two Choices
 * in Randomized Load Balancing", Mitzenmacher 2001): unlike the very least loaded, it is not the same one for all
 * gateways at a time. Of two that are equally loaded the first counts, so that idle targets share calls by weight.
 */
export class LeastLoaded implements Balancer {
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  choose<T extends Candidate>(candidates: readonly T[], _context: CallContext, now: number): T | undefined {
    const first = this.#draw(candidates, now)
    if (first === undefined) return undefined
    const second = this.#draw(candidates, now, first)
    return second !== undefined && load(second, now) < load(first, now) ? second : first
  }

  place(): number {
    return this.#random()
  }

  #draw<T extends Candidate>(candidates: readonly T[], now: number, other?: T): T | undefined {
    let total = 0
    for (const candidate of candidates) {
      if (candidate !== other) total += candidate.weight(now)
    }
    let left = this.#random() * total
    let last: T | undefined
    for (const candidate of candidates) {
      if (candidate === other) continue
      last = candidate
      left -= candidate.weight(now)
      if (left < 0) break
    }
    return last
  }
}

function load(candidate: Candidate, now: number): number {
  return candidate.inFlight / candidate.weight(now)
}
