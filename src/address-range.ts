import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number]

/** Prefix of the IPv6 addresses that stand for IPv4 ones (RFC 4291 section 2.5.5.2), in bits. */
const mapped = 96

/** Whether an address is in one of the ranges; one that can't be read is in none. */
export type InRanges = (address: string) => boolean

/**
 * Compiles addresses and CIDRs. An IPv4-mapped IPv6 address counts as the IPv4 one, in the ranges as in what is
 * asked, so one client has one spelling. Throws where `isRange` says no.
 */
export function compileRanges(texts: readonly string[]): InRanges {
  const ranges = texts.map(parseRange)
  return (text) => {
    if (ranges.length === 0 || isIP(text) === 0) return false
    const address = ipaddr.process(text)
    return ranges.some(([network, bits]) => address.kind() === network.kind() && address.match([network, bits]))
  }
}

/** Whether a text is an address or a CIDR. Stricter than ipaddr.js, which reads `10.1` and even `1` as addresses. */
export function isRange(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  if (isIP(address) === 0 || address.includes('%') || more.length > 0) return false
  if (bits === undefined) return true
  if (!/^\d{1,3}$/.test(bits) || !ipaddr.isValidCIDR(text)) return false
  const isMapped = ipaddr.process(address).kind() === 'ipv4' && isIP(address) === 6
  // A shorter prefix would hold IPv6 addresses beside all IPv4 ones.
  return !isMapped || Number(bits) >= mapped
}

function parseRange(text: string): Range {
  if (!isRange(text)) throw new Error(`"${text}" is not an address range`)
  const [plain = '', bits] = text.split('/')
  const address = ipaddr.process(plain)
  const whole = address.kind() === 'ipv4' ? 32 : 128
  if (bits === undefined) return [address, whole]
  return [address, address.kind() === 'ipv4' && isIP(plain) === 6 ? Number(bits) - mapped : Number(bits)]
}
