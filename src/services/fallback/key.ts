import type { HeaderMap } from '../../headers.ts'
import type { Identity } from '../../identity.ts'
import type { Call, CallContext } from '../service.ts'

/**
 * Headers that say nothing of what is asked for: those by which a request is traced or timed, those that Sluice
 * writes anew for every call, and preconditions, since an answer that is given all the same does not depend on them.
 */
const aside = new Set([
  'traceparent', 'tracestate', 'b3', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-b3-sampled', 'x-b3-flags',
  'x-correlation-id', 'x-request-deadline', 'grpc-timeout',
  'host', 'forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-request-id',
  'if-none-match', 'if-modified-since',
])

/**
 * All that reaches the service with a GET or HEAD, as one text: calls with equal texts may be given the same answer.
 * The text itself is the key, never a digest of it.
 */
export function keyOf({ path, headers }: Call, { identity, client, credentials, group }: CallContext): string {
  const { address, host, scheme } = client
  const who = identity.subject === null ? [address, ...claimsOf(identity)] : claimsOf(identity)
  return JSON.stringify([path, scheme, host, group ?? null, who, fieldsOf(headers, aside), fieldsOf(credentials)])
}

function claimsOf({ provider, subject, scopes, claims }: Identity): unknown[] {
  return [provider, subject, [...scopes].sort(), claims]
}

function fieldsOf(headers: HeaderMap, without?: ReadonlySet<string>): unknown[] {
  const names = Object.keys(headers).filter((name) => headers[name] !== undefined && without?.has(name) !== true)
  return names.sort().map((name) => [name, headers[name]])
}
