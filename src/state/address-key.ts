import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** The network that an IPv6 client usually has to itself, in bits. */
export const usualPrefix = 64

/**
 * What a client's address counts as: an IPv6 client owns a whole network and could take another address for every
 * request, so its first `prefix` bits are the smallest thing worth counting.
 */
export function addressKey(address: string, prefix = usualPrefix): string {
  if (isIP(address) !== 6) return address
  const parsed = ipaddr.process(address)
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString()
  if (prefix === 128) return parsed.toString()
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/${prefix}`).toString()}/${prefix}`
}
