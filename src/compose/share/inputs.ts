import type { ServiceSettings } from '../../config/schema.ts'
import { SluiceError } from '../../errors.ts'
import type { Identity } from '../../identity.ts'
import { compileRequirement } from '../../identity/requirement.ts'
import type { CallContext } from '../../services/service.ts'
import { compileTrait } from '../../services/trait.ts'
import { compileHeader, parseTemplate } from '../expression.ts'

export type InputContext = Pick<CallContext, 'identity' | 'client' | 'asked' | 'credentials' | 'group'>

/** What of a client reaches a service. */
export interface Inputs {
  /** All that goes with a call or decides where it goes, as JSON; undefined where a call could not be made at all. */
  readonly sent: (context: InputContext) => unknown[] | undefined
  /** What the access rules make of an identity, whatever the path. */
  readonly allowed: (identity: Identity) => unknown[]
}

/**
 * Compiles what of a client reaches a service: identity headers, forwarded credentials, X-Forwarded-*, and what the
 * balancer goes by. The request id and the deadline are told too, and are no inputs.
 */
export function compileInputs({ identity, forward, balance, access, share }: ServiceSettings): Inputs {
  const writers = Object.values(identity?.headers ?? {}).map((text) => compileHeader(parseTemplate(text)))
  const credentials = forward.map((name) => name.toLowerCase())
  const trait = balance.startsWith('hash:') ? compileTrait(balance.slice('hash:'.length)) : () => undefined
  const ignored = new Set<string>(share?.ignore)
  const rules = access.map((rule) => compileRequirement(rule))
  return {
    sent: (context) => {
      try {
        return [
          context.group ?? null,
          trait(context) ?? null,
          ...writers.map((write) => write({ arguments: {}, identity: context.identity }) ?? null),
          ...credentials.map((name) => context.credentials[name] ?? null),
          ignored.has('x-forwarded-for') ? null : context.client.address,
          ignored.has('x-forwarded-host') ? null : context.client.host,
          ignored.has('x-forwarded-proto') ? null : context.client.scheme,
        ]
      } catch (thrown) {
        // A value that no header can carry is the error of each call by itself.
        if (thrown instanceof SluiceError) return undefined
        throw thrown
      }
    },
    allowed: (who) => rules.map((refuse) => refuse(who)?.message ?? null),
  }
}
