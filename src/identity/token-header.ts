import { decodeProtectedHeader } from 'jose'
import type { JwtSettings } from '../config/schema.ts'
import { SluiceError } from '../errors.ts'

type Algorithm = JwtSettings['algorithms'][number]

/** The part of a token's header that chooses the key. */
export interface TokenHeader {
  readonly alg: Algorithm
  readonly kid: string | undefined
}

/** Media types of access tokens (RFC 9068 section 2.1), and of tokens that don't say what they are. */
const types = new Set(['jwt', 'at+jwt'])

/**
 * Reads and checks a token's header before any key is looked up. The algorithm must be one that the config lists,
 * whatever the token says (RFC 8725 section 3.1), so `none` and HMAC under a public key never get further.
 */
export function readHeader(token: string, algorithms: readonly Algorithm[]): TokenHeader | SluiceError {
  let header
  try {
    header = decodeProtectedHeader(token)
  } catch {
    return invalid('The token is not a well-formed JWT.')
  }
  const alg = algorithms.find((algorithm) => algorithm === header.alg)
  if (alg === undefined) return invalid('The token is signed with an algorithm that does not count here.')
  // Critical parameters must be understood or the token refused (RFC 7515 section 4.1.11); we know of none.
  if ('crit' in header) return invalid('The token has critical header parameters that are not understood.')
  if (header.typ !== undefined && !types.has(plainType(header.typ))) return invalid('The token is not an access token.')
  if (header.kid !== undefined && typeof header.kid !== 'string') return invalid('The token is not a well-formed JWT.')
  return { alg, kid: header.kid }
}

function plainType(type: unknown): string {
  return typeof type === 'string' ? type.toLowerCase().replace(/^application\//, '') : ''
}

function invalid(detail: string): SluiceError {
  return new SluiceError('TOKEN_INVALID', detail)
}
