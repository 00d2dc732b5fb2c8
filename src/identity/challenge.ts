import { SluiceError } from '../errors.ts'

/** Parameters of a challenge; empty and undefined ones are left out. */
type Parameters = Readonly<Record<string, string | undefined>>

/** The challenge of bearer tokens (RFC 6750 section 3). */
export function bearerChallenge(parameters: Parameters): string {
  return challenge('Bearer', parameters)
}

/** One challenge (RFC 9110 section 11.3); a parameter that can't stand in a quoted string is left out. */
export function challenge(scheme: string, parameters: Parameters): string {
  const written = Object.entries(parameters).flatMap(([name, value = '']) => {
    return /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/.test(value) ? [`${name}="${value}"`] : []
  })
  return written.length === 0 ? scheme : `${scheme} ${written.join(', ')}`
}

/** The error with challenges in its headers: every 401 has to have one (RFC 9110 section 15.5.2). */
export function withChallenges(error: SluiceError, challenges: readonly string[]): SluiceError {
  return new SluiceError(error.code, error.message, {
    cause: error.cause,
    headers: { ...error.headers, 'www-authenticate': challenges.join(', ') },
    extensions: error.extensions,
  })
}
