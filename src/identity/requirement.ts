import { SluiceError } from '../errors.ts'
import type { Identity } from '../identity.ts'
import { bearerChallenge } from './challenge.ts'
import { readClaim } from './claim.ts'

/** What is asked of an identity; asking for nothing means that anyone who is known may pass. */
export interface Requirement {
  readonly scopes?: readonly string[] | undefined
  readonly claims?: Readonly<Record<string, string | number | boolean>> | undefined
}

/** Why an identity doesn't meet a requirement; undefined where it does. */
export type RequirementCheck = (identity: Identity) => SluiceError | undefined

/**
 * Compiles what routes, services and fields may ask of an identity. `challenges` is what an anonymous client is
 * told to send (RFC 9110 section 11.6.1).
 */
export function compileRequirement({ scopes = [], claims = {} }: Requirement, challenges = bearerChallenge({})): RequirementCheck {
  const anonymous = { headers: { 'www-authenticate': challenges } }
  const short = { headers: { 'www-authenticate': bearerChallenge({ error: 'insufficient_scope', scope: scopes.join(' ') }) } }
  const values = Object.entries(claims)

  return (identity) => {
    if (identity.subject === null) {
      return new SluiceError('UNAUTHENTICATED', 'This needs a client that is known; send a credential.', anonymous)
    }
    for (const scope of scopes) {
      if (!identity.scopes.has(scope)) return new SluiceError('FORBIDDEN', `The scope ${scope} is missing.`, short)
    }
    for (const [path, value] of values) {
      if (readClaim(identity.claims, path) !== value) {
        return new SluiceError('FORBIDDEN', `The claim ${path} does not have the value that is needed.`)
      }
    }
    return undefined
  }
}
