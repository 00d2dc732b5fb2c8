import { Type } from 'typebox'
import type { CallRecord, Exchange, ExchangeRecord } from '../src/exchange.ts'
import { definePolicy } from '../src/policy.ts'

/** Longest path in a line, in characters. */
const maxPath = 256

export const accessLog = definePolicy({
  name: 'access-log',
  key: 'accessLog',
  unmatched: true,
  shadow: false,
  config: Type.Object(
    {
      lines: Type.Enum(['all', 'failures', 'none'], {
        description: 'Which exchanges get a line; a failure has a status from 400 on, or was cut short.',
        default: 'all',
      }),
    },
    {
      additionalProperties: false,
      description: 'One line of JSON for each exchange when it is over: info, from 400 on or when cut short warn, from 500 on error. No headers, no query and no credential are in it.',
    },
  ),
  apply(_route, settings, { log, clock }) {
    const lines = settings?.lines ?? 'all'
    if (lines === 'none') return undefined
    return {
      done(exchange) {
        const level = levelOf(exchange.record)
        if (lines === 'failures' && level === 'info') return
        log[level](lineOf(exchange, clock.now()), 'exchange')
      },
    }
  },
})

function levelOf({ status, cut }: ExchangeRecord): 'info' | 'warn' | 'error' {
  if (status >= 500) return 'error'
  return status >= 400 || cut ? 'warn' : 'info'
}

/** What a policy adds comes first, so that it can't overwrite what a line always has. */
function lineOf({ id, method, path, route, startedAt, client, identity, record }: Exchange, now: number) {
  const { status, bytes, code, cut, calls, shadow, fields } = record
  return {
    ...fields,
    id,
    method,
    path: path.length > maxPath ? `${path.slice(0, maxPath)}…` : path,
    route,
    status,
    ms: now - startedAt,
    bytes,
    code,
    cut,
    client: client.address,
    subject: identity.subject,
    provider: identity.provider,
    calls: calls.map(plain),
    shadow,
  }
}

/** What is as always is left out of a line. */
function plain({ service, status, code, ms, target, breaker, attempts, hedged, group, queuedMs, fallback, shadow }: CallRecord) {
  return {
    service,
    status,
    code,
    ms,
    target,
    breaker,
    attempts,
    ...(hedged ? { hedged } : {}),
    ...(group === null ? {} : { group }),
    ...(queuedMs === 0 ? {} : { queuedMs }),
    ...(fallback === null ? {} : { fallback }),
    ...(shadow.length === 0 ? {} : { shadow }),
  }
}
