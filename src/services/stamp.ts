import { asSluiceError } from '../errors.ts'
import type { HeaderMap } from '../headers.ts'
import type { Identity } from '../identity.ts'
import type { CallContext, Dispatch } from './service.ts'

/** Writes one identity header; undefined where the identity has no value for it. */
export type IdentityHeader = (identity: Identity) => string | undefined

const ours = ['host', 'forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-request-id', 'x-request-deadline']

/**
 * Sets the headers by which a service knows whom it serves: X-Forwarded-*, X-Request-Id, its identity headers, and
 * the credentials that it may see. Whatever the call carried under these names is removed first, also where `_`
 * stands for `-`, since CGI-style services read both as one.
 */
export function withStamp(next: Dispatch, identityHeaders: Record<string, IdentityHeader>, forward: readonly string[]): Dispatch {
  const identity = Object.entries(identityHeaders).map(([name, write]) => ({ name: name.toLowerCase(), write }))
  const credentials = forward.map((name) => name.toLowerCase())
  const reserved = new Set([...ours, ...identity.map(({ name }) => name)])

  function stamp(headers: HeaderMap, context: CallContext): HeaderMap {
    const stamped: HeaderMap = {}
    for (const name in headers) {
      if (!reserved.has(name.includes('_') ? name.replaceAll('_', '-') : name)) stamped[name] = headers[name]
    }
    stamped['x-forwarded-for'] = context.client.address
    stamped['x-forwarded-host'] = context.client.host
    stamped['x-forwarded-proto'] = context.client.scheme
    stamped['x-request-id'] = context.requestId
    for (const { name, write } of identity) stamped[name] = write(context.identity)
    for (const name of credentials) stamped[name] = context.credentials[name]
    return stamped
  }

  return (call, context, sink) => {
    let headers: HeaderMap
    try {
      headers = stamp(call.headers, context)
    } catch (thrown) {
      return sink.fail({ error: asSluiceError(thrown), reached: 'not-sent' })
    }
    next({ ...call, headers }, context, sink)
  }
}
