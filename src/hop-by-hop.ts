import type { HeaderMap } from './headers.ts'

/** Fields that belong to one connection (RFC 9110 section 7.6.1), and those that proxies speak among themselves. */
const hopByHop = new Set([
  'connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization', 'proxy-authentication-info',
  'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect', 'http2-settings',
])

/** Fields that a `Connection` header can't make us drop, since they frame or route the message. */
const kept = new Set(['content-length', 'content-type', 'host', 'cache-control'])

/** The fields that may go on to the next connection: a copy without hop-by-hop and `Connection`-nominated ones. */
export function endToEnd(headers: HeaderMap): HeaderMap {
  const nominated = nominatedBy(headers['connection'])
  const passed: HeaderMap = {}
  for (const name in headers) {
    if (!hopByHop.has(name) && !nominated?.has(name)) passed[name] = headers[name]
  }
  return passed
}

function nominatedBy(connection: string | string[] | undefined): Set<string> | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined
  const names = String(connection).toLowerCase().split(',').map((name) => name.trim())
  return new Set(names.filter((name) => !kept.has(name)))
}
