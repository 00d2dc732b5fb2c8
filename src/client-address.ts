import type { IncomingMessage } from 'node:http'
import { isIP, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import ipaddr from 'ipaddr.js'
import { compileRanges, type InRanges } from './address-range.ts'
import { SluiceError } from './errors.ts'
import type { Client } from './exchange.ts'
import { nodeAddress, parseForwarded } from './forwarded.ts'
import { firstValue, type HeaderMap } from './headers.ts'
import { certificateOf } from './listener/client-certificate.ts'

/** Who is at the other end of a request. */
export interface ClientReading {
  readonly client: Client
  /** Whether the connection is from one of our own proxies. */
  readonly trusted: boolean
  /** Set where our proxies say two things of one client. */
  readonly refusal?: SluiceError
}

export type ClientReader = (request: IncomingMessage, headers: HeaderMap) => ClientReading

/** Who is at the other end of a connection: the same for all of its requests, so it is read once. */
interface Peer {
  readonly address: string
  readonly scheme: Client['scheme']
  readonly certificate: Client['certificate']
  readonly trusted: boolean
}

/** What a trusted proxy says of a client. */
interface Word {
  address: string
  host: string | undefined
  scheme: string | undefined
}

/**
 * Compiles the list of trusted proxies. The client's address is the rightmost one in X-Forwarded-For or Forwarded
 * (RFC 7239) that no trusted proxy has; without trust it is the connection's. Host and scheme follow the same trust.
 * Most proxies write one of the two headers and pass on the other as the client sent it, so where both are there
 * they must name the same client.
 */
export function compileClientReader(trustedProxies: readonly string[]): ClientReader {
  const trusts = compileRanges(trustedProxies)
  const peers = new WeakMap<Socket, Peer>()

  return ({ socket }, headers) => {
    const peer = peers.get(socket) ?? meet(socket, trusts, peers)
    const { address, scheme, certificate } = peer
    const host = firstValue(headers, 'host') ?? ''
    if (!peer.trusted) return { trusted: false, client: { address, host, scheme, certificate } }
    const words = [readLegacy(headers, address, trusts), readForwarded(headers, address, trusts)].filter((word) => word !== undefined)
    const [word, other] = words
    const client: Client = {
      address: word?.address ?? address,
      host: word?.host ?? host,
      scheme: word?.scheme === 'https' ? 'https' : word?.scheme === 'http' ? 'http' : scheme,
    }
    return other === undefined || other.address === client.address ? { trusted: true, client } : { trusted: true, client, refusal: discord() }
  }
}

function meet(socket: Socket, trusts: InRanges, peers: WeakMap<Socket, Peer>): Peer {
  const address = canonical(socket.remoteAddress ?? '0.0.0.0')
  const scheme = socket instanceof TLSSocket ? 'https' : 'http'
  const peer: Peer = { address, scheme, certificate: certificateOf(socket), trusted: trusts(address) }
  peers.set(socket, peer)
  return peer
}

function discord(): SluiceError {
  return new SluiceError('BAD_REQUEST', 'X-Forwarded-For and Forwarded name different clients; send neither.')
}

function readLegacy(headers: HeaderMap, peer: string, trusts: InRanges): Word | undefined {
  const text = firstValue(headers, 'x-forwarded-for')
  const [host, scheme] = [firstValue(headers, 'x-forwarded-host'), firstValue(headers, 'x-forwarded-proto')?.toLowerCase()]
  if (text === undefined && host === undefined && scheme === undefined) return undefined
  const addresses = text?.split(',').map((item) => addressOf(item.trim())) ?? []
  return { address: rightmostUntrusted(peer, addresses, trusts), host, scheme }
}

function readForwarded(headers: HeaderMap, peer: string, trusts: InRanges): Word | undefined {
  const text = firstValue(headers, 'forwarded')
  if (text === undefined) return undefined
  const elements = parseForwarded(text) ?? []
  const { host, proto } = elements.at(-1) ?? {}
  return { address: rightmostUntrusted(peer, elements.map((element) => nodeAddress(element['for'])), trusts), host, scheme: proto?.toLowerCase() }
}

/** Stops at the first node that is nobody's address: what stands left of it can't be vouched for. */
function rightmostUntrusted(peer: string, addresses: readonly (string | undefined)[], trusts: InRanges): string {
  let last = peer
  for (const address of addresses.toReversed()) {
    if (address === undefined || isIP(address) === 0) return last
    last = canonical(address)
    if (!trusts(last)) return last
  }
  return last
}

/** Some proxies write a port behind the address. */
function addressOf(item: string): string | undefined {
  return isIP(item) === 0 ? nodeAddress(item) : item
}

/** One spelling an address: IPv4 for IPv4-mapped IPv6, lower-case and shortened IPv6 without a zone. */
function canonical(address: string): string {
  return isIP(address) === 0 ? address : ipaddr.process(address).toString()
}
