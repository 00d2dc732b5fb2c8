import { Readable } from 'node:stream'
import type { RetrySettings } from '../../config/schema.ts'
import { firstValue, type HeaderMap } from '../../headers.ts'
import type { Call, CallFailure } from '../service.ts'

/** Why a call may be tried again: what the try before it ended with. */
export type RetryReason = RetrySettings['on'][number] | 'stale'

/** Methods whose repetition changes nothing (RFC 9110 section 9.2.2; RFC 10008 for QUERY). */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'QUERY', 'PROPFIND', 'REPORT', 'SEARCH'])

const unopened = new Set(['SERVICE_UNREACHABLE', 'SERVICE_TIMEOUT', 'SERVICE_RESET'])

/** Says after what a call may be tried again; undefined where it may not. */
export interface RetryRule {
  afterFailure(call: Call, failure: CallFailure): RetryReason | undefined
  afterStatus(call: Call, status: number): RetryReason | undefined
}

export function compileRetryRule({ on, idempotencyKey }: Pick<RetrySettings, 'on' | 'idempotencyKey'>): RetryRule {
  const reasons = new Set<RetryReason>(on)
  const repeatable = ({ method, headers }: Call) =>
    idempotent.has(method) || (idempotencyKey && (firstValue(headers, 'idempotency-key') ?? '') !== '')

  const allowed = (call: Call, reason: RetryReason | undefined, unsent: boolean) => {
    if (reason === undefined || !sendable(call)) return undefined
    // A kept connection that the service had closed already is no failure of the call, whatever the settings say.
    if (reason !== 'stale' && !reasons.has(reason)) return undefined
    return unsent || repeatable(call) ? reason : undefined
  }
  return {
    afterFailure: (call, failure) => allowed(call, reasonOf(failure), failure.reached === 'not-sent'),
    afterStatus: (call, status) => allowed(call, on.find((reason) => reason === status), false),
  }
}

function reasonOf({ error, reached, stale }: CallFailure): RetryReason | undefined {
  if (stale === true) return 'stale'
  if (reached === 'not-sent') return unopened.has(error.code) ? 'connect' : undefined
  if (reached !== 'sent') return undefined
  if (error.code === 'SERVICE_RESET') return 'reset'
  return error.code === 'SERVICE_TIMEOUT' ? 'timeout' : undefined
}

/** Whether the body is still there to be sent: a stream is, as long as nobody has begun to read it. */
function sendable({ body }: Call): boolean {
  return !(body instanceof Readable) || !(body.readableDidRead || body.destroyed)
}

/**
 * How long a service asks to be left alone (RFC 9110 section 10.2.3), in ms; 0 where it says nothing. `now` is
 * wall-clock time.
 */
export function retryAfterMs({ 'retry-after': value }: HeaderMap, now: number): number {
  if (typeof value !== 'string') return 0
  if (/^\d+$/.test(value)) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? 0 : Math.max(0, date - now)
}
