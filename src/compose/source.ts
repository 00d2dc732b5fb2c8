import { getNullableType, isListType } from 'graphql'
import type { FieldBinding, KeyMode, Target } from './binding.ts'
import { isGiven, type Scope } from './expression.ts'
import { lacksValue } from './literal.ts'
import { isObject, valueAt } from './row.ts'

type Arguments = Readonly<Record<string, unknown>>

/** Where a field's value comes from in the end. */
export interface End {
  /** The field with the call. */
  readonly field: FieldBinding
  readonly keys: KeyMode | null
  /** What its expressions can read. */
  readonly scope: Scope
}

/** Follows a field over as many root fields as it takes; null where an argument on the way has no value. */
export function followTargets(field: FieldBinding, scope: Scope): End | null {
  let end: End = { field, keys: null, scope }
  while (end.field.source.kind === 'target') {
    const { target } = end.field.source
    const args = targetArguments(target, end.scope)
    if (args === null) return null
    end = { field: target.field, keys: target.keys, scope: { arguments: args, identity: scope.identity } }
  }
  return end
}

/**
 * The arguments of a target. Null where one is to be a value of the parent or the identity that there isn't, and the
 * target has no default: left out, a filter would let everything through.
 */
function targetArguments({ field, arguments: literals }: Target, scope: Scope): Arguments | null {
  const args: Record<string, unknown> = { ...field.defaults }
  for (const name in literals) {
    const literal = literals[name]
    if (literal === undefined) continue
    const value = lacksValue(literal, scope) ? undefined : literal.evaluate(scope)
    if (value !== undefined) args[name] = value
    else if (literal.references.some(isGiven) && (args[name] ?? null) === null) return null
  }
  return args
}

/** Whether a call that is not made stands for an empty list: a list of no keys is a list of no objects. */
export function emptyList(field: FieldBinding, scope: Scope): boolean {
  if (field.source.kind !== 'call' || !isListType(getNullableType(field.type))) return false
  return field.source.call.references.some(({ root, path }) => {
    const from = root === 'argument' ? scope.arguments : root === 'parent' ? scope.parent : undefined
    const value = isObject(from) ? valueAt(from, path) : undefined
    return Array.isArray(value) && value.length === 0
  })
}
