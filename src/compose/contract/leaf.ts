import {
  GraphQLBoolean, GraphQLFloat, GraphQLID, GraphQLInt, GraphQLString, isEnumType, type GraphQLLeafType,
} from 'graphql'
import { suggest } from '../../config/suggest.ts'
import { kindsOf } from './form.ts'
import type { Variant } from './schema.ts'

/** Why a value can't be what the schema says, and what to do about it; both are clauses. */
export interface Misfit {
  readonly is: string
  readonly remedy: string
}

/** JSON types that each scalar can be made of: String takes what can be written as text. */
const readable = new Map<GraphQLLeafType, readonly string[]>([
  [GraphQLString, ['string', 'integer', 'number', 'boolean']],
  [GraphQLID, ['string', 'integer', 'number']],
  [GraphQLInt, ['integer']],
  [GraphQLFloat, ['integer', 'number']],
  [GraphQLBoolean, ['boolean']],
])

/** Formats of text that a number can be read from. */
const numeric = /^(u?int\d*|integer|number|float|double|decimal\d*)$/

const names: Readonly<Record<string, string>> = { string: 'String', integer: 'Int', number: 'Float', boolean: 'Boolean' }

/** Why values of this form don't fit a scalar or an enum; scalars of the schema's own take anything. */
export function leafMisfit(type: GraphQLLeafType, form: Variant): Misfit | undefined {
  const kinds = kindsOf(form)
  const fitting = isEnumType(type) ? ['string'] : readable.get(type)
  if (kinds === null || fitting === undefined) return undefined
  if ((type === GraphQLInt || type === GraphQLFloat) && kinds.has('string') && numeric.test(form.format ?? '')) return undefined
  if (!fitting.some((kind) => kinds.has(kind))) return { is: `is ${namesOf(kinds)}`, remedy: remedyOf(kinds) }
  if (!isEnumType(type) || form.values === null) return undefined
  const known = type.getValues().map(({ name }) => name)
  const lacking = form.values.filter((value) => typeof value === 'string' && !known.includes(value)).map(String)
  const [first] = lacking
  if (first === undefined) return undefined
  const near = suggest(first, known).slice(2)
  return { is: `can be ${lacking.map((value) => `"${value}"`).join(', ')}`, remedy: near === '' ? `add what is missing to ${type.name}` : near }
}

function remedyOf(kinds: ReadonlySet<string>): string {
  const [kind = ''] = kinds
  const name = names[kind]
  if (name !== undefined) return `make it ${name}`
  return kind === 'array' ? 'make it a list' : 'make it an object type'
}

/** JSON types in words. */
export function namesOf(kinds: ReadonlySet<string>): string {
  return [...kinds].map((kind) => /^[aeio]/.test(kind) ? `an ${kind}` : `a ${kind}`).join(' or ')
}
