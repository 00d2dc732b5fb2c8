import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import ipaddr from 'ipaddr.js'
import type { Client } from './exchange.ts'
import { firstValue, type HeaderMap } from './headers.ts'

type Address = ipaddr.IPv4 | ipaddr.IPv6
type Range = [Address, number]

/** Tells who is at the other end of a request, and whether it is one of our own proxies. */
export type ClientReader = (request: IncomingMessage, headers: HeaderMap) => { client: Client; trusted: boolean }

/**
 * Compiles the list of trusted proxies. The client's address is the rightmost one in X-Forwarded-For that no
 * trusted proxy has; without trust it is the connection's. Host and scheme follow the same trust.
 */
export function compileClientReader(trustedProxies: readonly string[]): ClientReader {
  const ranges = trustedProxies.map(parseRange)
  const trusts = (address: Address) => ranges.some((range) => address.kind() === range[0].kind() && address.match(range))

  return (request, headers) => {
    const peer = request.socket.remoteAddress ?? '0.0.0.0'
    const trusted = ranges.length > 0 && ipaddr.isValid(peer) && trusts(ipaddr.process(peer))
    const scheme = request.socket instanceof TLSSocket ? 'https' : 'http'
    const host = firstValue(headers, 'host') ?? ''
    if (!trusted) return { trusted, client: { address: canonical(peer), host, scheme } }
    return {
      trusted,
      client: {
        address: rightmostUntrusted(peer, firstValue(headers, 'x-forwarded-for') ?? '', trusts),
        host: firstValue(headers, 'x-forwarded-host') ?? host,
        scheme: firstValue(headers, 'x-forwarded-proto') === 'https' ? 'https' : scheme,
      },
    }
  }
}

function rightmostUntrusted(peer: string, forwardedFor: string, trusts: (address: Address) => boolean): string {
  let last = canonical(peer)
  for (const item of forwardedFor.split(',').reverse()) {
    const text = item.trim()
    if (!ipaddr.isValid(text)) return last
    last = canonical(text)
    if (!trusts(ipaddr.process(text))) return last
  }
  return last
}

/** One spelling an address: IPv4 for IPv4-mapped IPv6, lower-case and shortened IPv6 without a zone. */
function canonical(address: string): string {
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : address
}

function parseRange(text: string): Range {
  if (text.includes('/')) return ipaddr.parseCIDR(text)
  const address = ipaddr.process(text)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}
