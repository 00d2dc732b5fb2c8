import type { Balancer, Candidate } from '../../../src/services/balance/balancer.ts'
import type { CallContext } from '../../../src/services/service.ts'
import { callContext } from '../context.ts'

/** A target as balancers see one. */
export interface Server extends Candidate {
  readonly name: string
  inFlight: number
}

/** Servers of these weights, named by their place in the list. */
export function fleet(...weights: number[]): Server[] {
  return weights.map((weight, index) => ({ name: `http://server-${index}`, inFlight: 0, weight: () => weight }))
}

/** How many of so many calls each server takes, none of which is in flight for the next. */
export function shares(
  balancer: Balancer, servers: readonly Server[], calls: number, contextOf: (call: number) => CallContext = () => callContext(),
): number[] {
  const counts = new Map<Server, number>()
  for (let call = 0; call < calls; call++) {
    const chosen = balancer.choose(servers, contextOf(call), 0)
    if (chosen !== undefined) counts.set(chosen, (counts.get(chosen) ?? 0) + 1)
  }
  return servers.map((server) => counts.get(server) ?? 0)
}
