import { Kind, type ValueNode } from 'graphql'
import { units } from '../../config/units.ts'
import type { CacheHint } from '../binding.ts'
import type { Report } from '../problem.ts'
import type { Directive, DirectiveArguments } from './directive.ts'

/** For how long, and by whom, a value may be kept; on a type, for every field that gives it. */
export const cache: Directive = {
  name: 'cache',
  sdl: `"Whole seconds, or text with a unit as in \\"5min\\"." scalar CacheAge
    enum CacheScope { PUBLIC PRIVATE }
    directive @cache(maxAge: CacheAge, scope: CacheScope) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION`,
  bind: (args, { report }) => ({ cache: readHint(args, report) }),
}

/** What one use of `@cache` says. */
export function readHint(args: DirectiveArguments, report: Report): CacheHint {
  const [age, scope] = [args.node('maxAge'), args.node('scope')]
  return {
    maxAge: age === undefined ? null : readAge(age, report),
    private: scope?.kind === Kind.ENUM ? scope.value === 'PRIVATE' : null,
  }
}

function readAge(node: ValueNode, report: Report): number | null {
  if (node.kind === Kind.INT && Number(node.value) >= 0) return Number(node.value)
  const match = node.kind === Kind.STRING ? units.duration.pattern.exec(node.value) : null
  const seconds = match === null ? Number.NaN : units.duration.parse(match) / 1000
  if (Number.isInteger(seconds)) return seconds
  report(node, 'an age is whole seconds, as a number or as in "5min"')
  return null
}
