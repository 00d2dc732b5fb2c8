import type { AccessSettings } from '../config/schema.ts'
import type { SluiceError } from '../errors.ts'
import type { Identity } from '../identity.ts'
import { compileRequirement } from '../identity/requirement.ts'
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
    const readings = readingsOf(segments)
    for (const { methods, pattern, refuse } of compiled) {
      if (methods !== undefined && !methods.includes(asked)) continue
      if (!readings.some((reading) => matchesPattern(pattern, reading))) continue
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

/**
 * The ways in which a service may read a path: many take `/orders/` and `/orders;v=1` (RFC 3986 section 3.3) for
 * `/orders`, so a rule for that path has to hold for them too.
 */
function readingsOf(segments: readonly string[]): (readonly string[])[] {
  const lenient = segments.map((segment) => segment.split(';', 1)[0] ?? '')
  while (lenient.at(-1) === '') lenient.pop()
  const same = lenient.length === segments.length && lenient.every((segment, index) => segment === segments[index])
  return same ? [segments] : [segments, lenient]
}
