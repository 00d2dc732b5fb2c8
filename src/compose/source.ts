import { getNullableType, isListType } from 'graphql'
import type { FieldBinding, KeyMode, Literal, Target } from './binding.ts'
import { isGiven, readReference, type Reference, type Scope } from './expression.ts'
import { remembered } from './remembered.ts'
import { isObject, valueAt } from './row.ts'

type Arguments = Readonly<Record<string, unknown>>

/** Where a field's value comes from in the end. */
export interface End {
  /** The field with the call. */
  readonly field: FieldBinding
  readonly keys: KeyMode | null
  /** What its expressions can read; null where an argument on the way has no value. */
  readonly scopeOf: (scope: Scope) => Scope | null
}

/** Follows a field over as many root fields as it takes, once. */
export const endOf: (field: FieldBinding) => End = remembered(followTargets)

function followTargets(field: FieldBinding): End {
  if (field.source.kind !== 'target') return { field, keys: null, scopeOf: (scope) => scope }
  const { target } = field.source
  const argumentsOf = compileArguments(target)
  const next = endOf(target.field)
  return {
    field: next.field,
    keys: target.field === next.field ? target.keys : next.keys,
    scopeOf(scope) {
      const args = argumentsOf(scope)
      return args === null ? null : next.scopeOf({ arguments: args, identity: scope.identity })
    },
  }
}

/** One argument of a target. */
interface Argument {
  readonly name: string
  readonly evaluate: Literal['evaluate']
  /** Values of the parent or the identity without which it has none itself. */
  readonly needed: readonly Reference[]
  /** Whether it reads any such value. */
  readonly given: boolean
}

/**
 * Compiles the arguments of a target. Null where one is to be a value of the parent or the identity that there isn't,
 * and the target has no default: left out, a filter would let everything through.
 */
function compileArguments({ field: { defaults }, arguments: literals }: Target): (scope: Scope) => Arguments | null {
  const args = Object.entries(literals).map(([name, { references, list, evaluate }]): Argument => {
    const given = references.filter(isGiven)
    return { name, evaluate, needed: list ? [] : given, given: given.length > 0 }
  })
  return (scope) => {
    const values: Record<string, unknown> = { ...defaults }
    for (const { name, evaluate, needed, given } of args) {
      const value = lacks(needed, scope) ? undefined : evaluate(scope)
      if (value !== undefined) values[name] = value
      else if (given && (values[name] ?? null) === null) return null
    }
    return values
  }
}

function lacks(needed: readonly Reference[], scope: Scope): boolean {
  for (const reference of needed) if (readReference(reference, scope) === undefined) return true
  return false
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
