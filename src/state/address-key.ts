import ipaddr from 'ipaddr.js'

/**
 * What a client's address counts as: an IPv6 client owns a whole /64 and could take another address for every
 * request, so that is the smallest thing worth counting.
 */
export function addressKey(address: string): string {
  if (!address.includes(':') || !ipaddr.isValid(address)) return address
  const parsed = ipaddr.process(address)
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString()
  return `${parsed.parts.slice(0, 4).map((part) => part.toString(16)).join(':')}::/64`
}
