import { hostOf, placed, type Placed } from './fixed.ts'
import { Refresh } from './refresh.ts'
import type { Found, Source, SourceParts } from './source.ts'

/** Watches the addresses (A, AAAA) of an address's name; each is an endpoint of its own. */
export function watchDns(
  dns: string, place: Placed, resolvers: readonly string[], parts: SourceParts, found: Found,
): Source {
  const name = hostOf(dns)
  let known: readonly string[] = []
  return new Refresh({
    name,
    resolvers,
    ask: async (lookup) => {
      const { addresses, ttlMs } = await lookup.addresses(name, known)
      known = addresses
      return { endpoints: addresses.map((address) => ({ ...placed(dns, place), address })), ttlMs }
    },
  }, parts, found)
}
