import type { IncomingHttpHeaders } from 'node:http2'
import type { HeaderMap } from '../headers.ts'
import type { Http2Request } from './upload.ts'

/**
 * Puts a request as HTTP/1.1 would have put it: Host for `:authority`, one Cookie field, no pseudo-headers, and
 * Transfer-Encoding where a body of unknown length follows (RFC 9113 sections 8.2.3, 8.3 and 8.8).
 */
export function describe(request: Http2Request): void {
  const { headers, rawHeaders, stream } = request
  const chunked = !stream.endAfterHeaders && headers['content-length'] === undefined
  Object.defineProperties(request, {
    headers: { value: mapOf(headers, chunked) },
    rawHeaders: { value: listOf(rawHeaders, chunked) },
  })
}

function mapOf(headers: IncomingHttpHeaders, chunked: boolean): HeaderMap {
  const map: HeaderMap = Object.create(null) as HeaderMap
  for (const name in headers) if (!name.startsWith(':')) map[name] = headers[name]
  const authority = headers[':authority']
  if (authority !== undefined) map['host'] = authority
  if (chunked) map['transfer-encoding'] = 'chunked'
  return map
}

/** Names and values in turn. A Host that is not the authority stays, so that it is refused as a second one. */
function listOf(raw: readonly string[], chunked: boolean): string[] {
  const list: string[] = []
  const crumbs: string[] = []
  const hosts: string[] = []
  let authority: string | undefined
  for (let index = 0; index < raw.length; index += 2) {
    const [name = '', value = ''] = [raw[index], raw[index + 1]]
    if (name === ':authority') authority = value
    if (name === 'cookie') crumbs.push(value)
    if (name === 'host') hosts.push(value)
    if (!name.startsWith(':') && name !== 'cookie') list.push(name, value)
  }
  if (authority !== undefined && !hosts.includes(authority)) list.unshift('host', authority)
  if (crumbs.length > 0) list.push('cookie', crumbs.join('; '))
  if (chunked) list.push('transfer-encoding', 'chunked')
  return list
}
