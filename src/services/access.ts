import type { AccessSettings } from '../config/schema.ts'
import type { SluiceError } from '../errors.ts'
import type { Identity } from '../identity.ts'
import { compileRequirement } from '../identity/requirement.ts'
import { readLeniently } from '../match/lenient.ts'
import { matchesPattern, parsePattern } from '../match/pattern.ts'

/** Why a call may not be made; undefined where it may. */
export type AccessCheck = (method: string, segments: readonly string[], identity: Identity) => SluiceError | undefined

/**
 * Compiles a service's access rules. Every rule that the method and the decoded path segments match must hold; the
 * first that doesn't is told. Throws `PatternError` for a path that is no pattern.
 */
export function compileAccess(rules: readonly AccessSettings[]): AccessCheck {
  const compiled = rules.map((rule) => ({
    methods: rule.methods?.map(plainMethod),
    pattern: parsePattern(rule.path),
    refuse: compileRequirement(rule),
  }))
  if (compiled.length === 0) return () => undefined

  return (method, segments, identity) => {
    const asked = plainMethod(method)
    // A service may read `/orders/` or `/orders;v=1` as `/orders`, so a rule for that path has to hold for them too.
    const lenient = readLeniently(segments)
    for (const { methods, pattern, refuse } of compiled) {
      if (methods !== undefined && !methods.includes(asked)) continue
      if (!matchesPattern(pattern, segments) && !matchesPattern(pattern, lenient)) continue
      const refusal = refuse(identity)
      if (refusal !== undefined) return refusal
    }
    return undefined
  }
}

/** HEAD tells what GET tells, less the body. */
function plainMethod(method: string): string {
  return method === 'HEAD' ? 'GET' : method
}
