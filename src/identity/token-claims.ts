import { SluiceError } from '../errors.ts'
import type { Identity } from '../identity.ts'

/** What a verified token says, and from when it counts, in ms since the epoch. */
export interface TokenClaims {
  readonly identity: Identity & { readonly expiresAt: number }
  readonly notBefore: number
}

type Claims = Record<string, unknown>

/**
 * Reads the claims of a token whose signature, issuer and audience hold; `tolerance` is how far clocks may be apart, in
 * ms. A token without an end is refused.
 */
export function readClaims(claims: Claims, provider: string, tolerance: number): TokenClaims | SluiceError {
  const { sub, exp, nbf = 0 } = claims
  if (isIdToken(claims)) return invalid('The token is an ID token, which tells a client of its user; send the access token.')
  if (typeof sub !== 'string' || sub === '') return invalid('The token names no subject.')
  if (!isTime(exp)) return invalid('The token does not say when it expires.')
  if (!isTime(nbf)) return invalid('The token does not say properly when it begins to count.')
  const expiresAt = exp * 1000 + tolerance
  const identity = Object.freeze({ subject: sub, scopes: scopesOf(claims), claims: Object.freeze(claims), provider, expiresAt })
  return { identity, notBefore: nbf * 1000 - tolerance }
}

/** Why a token doesn't count at this time; RFC 7519 section 4.1.4 refuses it from the very moment of its `exp`. */
export function untimely({ identity, notBefore }: TokenClaims, now: number): SluiceError | undefined {
  if (now >= identity.expiresAt) return new SluiceError('TOKEN_EXPIRED', 'The token has expired; get a new one.')
  return now < notBefore ? invalid('The token is not valid yet.') : undefined
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

/** Scopes as RFC 8693 section 4.2 has them, or in the `scp` of some providers, as a list or as text. */
function scopesOf({ scope, scp }: Claims): ReadonlySet<string> {
  const said = scope ?? scp
  if (typeof said === 'string') return new Set(said.split(' ').filter((name) => name !== ''))
  return new Set(Array.isArray(said) ? said.filter((name) => typeof name === 'string') : [])
}

/**
 * ID tokens have the same shape as access tokens. They can be told where they carry a hash that only they have
 * (OpenID Connect Core section 3.3.2.11), or where the provider says what they are.
 */
function isIdToken(claims: Claims): boolean {
  return 'at_hash' in claims || 'c_hash' in claims || claims['typ'] === 'ID' || claims['token_use'] === 'id'
}

function invalid(detail: string): SluiceError {
  return new SluiceError('TOKEN_INVALID', detail)
}
