import type { HeaderMap } from './headers.ts'

/** Fields that belong to one connection (RFC 9110 section 7.6.1); so does every `Proxy-*`. */
const hopByHop = new Set([
  'connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect', 'http2-settings',
])

/** What Sluice alone says of an answer: another's word for it is dropped. */
export const fallbackField = 'x-sluice-fallback'

/** Fields that a `Connection` header can't make us drop, since they frame or route the message. */
const kept = new Set(['content-length', 'content-type', 'host', 'cache-control'])

/** Whether a field, by its lower-case name, never goes on to the next connection. */
export function isHopByHop(name: string): boolean {
  return hopByHop.has(name) || name === fallbackField || name.startsWith('proxy-')
}

/** The fields that may go on to the next connection: a copy without hop-by-hop and `Connection`-nominated ones. */
export function endToEnd(headers: HeaderMap): HeaderMap {
  const nominated = nominatedBy(headers['connection'])
  const passed: HeaderMap = {}
  for (const name in headers) {
    if (!isHopByHop(name) && !nominated?.has(name)) passed[name] = headers[name]
  }
  return passed
}

/**
 * The fields without those that `Connection` nominates: what is for this hop alone, and so is not sent on, is not
 * for policies to decide by either. The same map where nothing is nominated, which is nearly always.
 */
export function withoutNominated(headers: HeaderMap): HeaderMap {
  const nominated = nominatedBy(headers['connection'])
  if (nominated === undefined) return headers
  const left: HeaderMap = { ...headers }
  for (const name of nominated) if (!hopByHop.has(name)) left[name] = undefined
  return left
}

/**
 * Leaves out fields whose names a service could take for another's: CGI-style ones read `_` and the other odd
 * characters of a token as `-`, and `Proxy` as the address of a proxy to use.
 */
export function withoutLookalikes(headers: HeaderMap): HeaderMap {
  for (const name in headers) if (lookalike.test(name) || name === 'proxy') headers[name] = undefined
  return headers
}

const lookalike = /[^a-z0-9-]/

function nominatedBy(connection: string | string[] | undefined): Set<string> | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined
  const names = String(connection).toLowerCase().split(',').map((name) => name.trim())
  return new Set(names.filter((name) => !kept.has(name)))
}
