import { TokenError } from 'fast-jwt'
import { SluiceError } from '../errors.ts'

const { codes } = TokenError

const wrongClaim: Record<string, string> = {
  iss: 'The token is from another issuer.',
  aud: 'The token is meant for another audience.',
}

const missingClaim: Record<string, string> = {
  iss: 'The token names no issuer.',
  aud: 'The token names no audience.',
  sub: 'The token names no subject.',
  exp: 'The token does not say when it expires.',
}

/** Says which check a token failed, in a sentence of ours: the library's own may quote the token. */
export function refusalOf(error: TokenError): SluiceError {
  return new SluiceError('TOKEN_INVALID', sentence(error))
}

function sentence({ code, message }: TokenError): string {
  if (code === codes.invalidSignature || code === codes.missingSignature) return "The token's signature does not hold."
  const claim = /\b(iss|aud|sub|exp) claim\b/.exec(message)?.[1] ?? ''
  if (code === codes.missingRequiredClaim) return missingClaim[claim] ?? 'The token lacks a claim that is needed.'
  if (code === codes.invalidClaimValue || code === codes.invalidClaimType) {
    return wrongClaim[claim] ?? 'The token has a claim that does not fit.'
  }
  return 'The token is not a well-formed JWT.'
}
