import { compileTrait } from '../trait.ts'
import type { Balancer } from './balancer.ts'
import { ConsistentHash } from './consistent-hash.ts'
import { LeastLoaded } from './least-loaded.ts'
import { RoundRobin } from './round-robin.ts'

/** Compiles a service's `balance` setting. */
export function compileBalancer(balance: string, random: () => number): Balancer {
  if (balance === 'round-robin') return new RoundRobin(random)
  const leastLoaded = new LeastLoaded(random)
  if (!balance.startsWith('hash:')) return leastLoaded
  return new ConsistentHash(compileTrait(balance.slice('hash:'.length)), leastLoaded)
}
