import type { CallContext } from '../service.ts'
import type { Trait } from '../trait.ts'
import type { Balancer, Candidate } from './balancer.ts'
import { fraction, hashText, mix } from './hash.ts'

/**
 * Sends calls with the same trait to the same target: the one that scores highest for it (weighted rendezvous hashing,
 * "Weighted Distributed Hash Tables", Schindelhauer and Schomaker 2005). A target that goes takes only its own calls
 * elsewhere, and one that comes or grows takes only its part. A call without the trait is balanced otherwise.
 */
export class ConsistentHash implements Balancer {
  readonly #trait: Trait
  readonly #otherwise: Balancer
  readonly #hashes = new WeakMap<Candidate, number>()

  constructor(trait: Trait, otherwise: Balancer) {
    this.#trait = trait
    this.#otherwise = otherwise
  }

  choose<T extends Candidate>(candidates: readonly T[], context: CallContext, now: number): T | undefined {
    const value = this.#trait(context)
    if (value === undefined) return this.#otherwise.choose(candidates, context, now)
    const key = hashText(value)
    let chosen: T | undefined
    let most = -Infinity
    for (const candidate of candidates) {
      const score = candidate.weight(now) / -Math.log(fraction(mix(key ^ this.#hash(candidate))))
      if (score <= most) continue
      chosen = candidate
      most = score
    }
    return chosen
  }

  place(context: CallContext): number {
    const value = this.#trait(context)
    return value === undefined ? this.#otherwise.place(context) : fraction(hashText(value))
  }

  #hash(candidate: Candidate): number {
    const known = this.#hashes.get(candidate)
    if (known !== undefined) return known
    const hash = hashText(candidate.name)
    this.#hashes.set(candidate, hash)
    return hash
  }
}
