import type { IncomingMessage } from 'node:http'
import { firstValue, type HeaderMap } from './headers.ts'
import type { AnswerHead } from './policy.ts'
import { readQualities } from './quality.ts'

/** Fields that frame, route, authenticate or control, which is too late after a body (RFC 9110 section 6.5.1). */
const early = new Set([
  'content-length', 'host', 'location', 'max-forwards', 'range', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range',
  'authorization', 'www-authenticate', 'cookie', 'set-cookie', 'age', 'cache-control', 'date', 'expires', 'pragma', 'retry-after', 'vary', 'warning',
])

/** Fields that vouch for a body can only be known after it (RFC 9530); all else on content describes it beforehand. */
function isEarly(name: string): boolean {
  return early.has(name) || (name.startsWith('content-') && name !== 'content-digest') || name.startsWith('access-control-')
}

/** The fields that may follow a body: a copy. */
export function lateFields(trailers: HeaderMap): HeaderMap {
  return Object.fromEntries(Object.entries(trailers).filter(([name]) => !isEarly(name)))
}

/**
 * Whether trailers can follow an answer with this head: over HTTP/1.1 they need chunks, and a client that says that it
 * reads them (RFC 9110 section 10.1.4).
 */
export function takesTrailers({ method, httpVersion, headers }: IncomingMessage, { status, headers: answer }: AnswerHead): boolean {
  if (method === 'HEAD' || status === 204 || status === 304) return false
  if (httpVersion === '2.0') return true
  return httpVersion === '1.1' && answer['content-length'] === undefined && wantsTrailers(firstValue(headers, 'te'))
}

function wantsTrailers(te = ''): boolean {
  return readQualities(te).some(({ name, quality }) => name === 'trailers' && quality > 0)
}

/** The fields that a `Trailer` header announces, each without a value. */
export function announced(trailer: string | string[] | undefined): HeaderMap {
  const names = [trailer ?? []].flat().flatMap((list) => list.split(',').map((name) => name.trim().toLowerCase()))
  return Object.fromEntries(names.filter((name) => name !== '').map((name) => [name, '']))
}
