import { hash } from 'node:crypto'
import type { LimitSettings } from '../config/schema.ts'
import type { Exchange } from '../exchange.ts'
import { firstValue } from '../headers.ts'
import { readClaim } from '../identity/claim.ts'
import { addressKey } from './address-key.ts'
import { limitOf } from './limit.ts'
import type { Limit } from './state.ts'

type Asker = Pick<Exchange, 'identity' | 'client' | 'headers'>

/** A limit of the config, ready to take from. */
export interface CompiledLimit {
  readonly limit: Limit
  /** False in shadow: the limit counts, and refuses nothing. */
  readonly enforced: boolean
  /** What it counts: each request as one, or the calls to services that a composed one makes. */
  readonly cost: LimitSettings['cost']
  /** Its item in RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10). */
  readonly announcement: string
  /** What the limit counts a client under. */
  keyOf(asker: Asker): string
}

/** Longest text that stands in a key as it is. */
const maxText = 128

/** Compiles a limit that the config declares under a name. */
export function compileLimit(name: string, { by, rate, burst, cost, ipv6Prefix, mode }: LimitSettings): CompiledLimit {
  const read = compileBy(by)
  return {
    limit: limitOf(name, rate, burst),
    enforced: mode !== 'shadow',
    cost,
    announcement: `"${name}";q=${rate.count};w=${rate.periodMs / 1000}`,
    keyOf: (asker) => read(asker) ?? `address ${addressKey(asker.client.address, ipv6Prefix)}`,
  }
}

/** Each kind of key begins with its own word, so that no client can choose a value that is another's key. */
function compileBy(by: string): (asker: Asker) => string | undefined {
  if (by === 'identity.subject') return ({ identity: { provider, subject } }) => key('subject', subject, provider)
  if (by === 'identity.provider') return ({ identity }) => key('provider', identity.provider)
  if (by.startsWith('identity.claims.')) {
    const path = by.slice('identity.claims.'.length)
    return ({ identity }) => key('claim', readClaim(identity.claims, path), identity.provider)
  }
  if (by.startsWith('header.')) {
    const name = by.slice('header.'.length).toLowerCase()
    return ({ headers }) => header(firstValue(headers, name))
  }
  return () => undefined
}

/** A subject or claim means someone only together with the provider that vouches for it. */
function key(kind: string, value: unknown, provider: string | null = null): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return `${kind} ${provider ?? ''} ${text.length > maxText ? hash('sha256', text) : text}`
}

/** Hashed, since a header may be a secret, and the state store may be shared. */
function header(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : `header ${hash('sha256', value)}`
}
