import { getNamedType, isScalarType, type GraphQLInputType, type GraphQLScalarType } from 'graphql'
import { knownScalar } from '../scalars.ts'
import { isObject, valueAt } from '../row.ts'

/** What JSON Schema says of a value. */
export type JsonSchema = Readonly<Record<string, unknown>>

const specified: Readonly<Record<string, JsonSchema>> = {
  Int: { type: 'integer', format: 'int32' },
  Float: { type: 'number', format: 'double' },
  Boolean: { type: 'boolean' },
  String: { type: 'string' },
  ID: { type: 'string' },
}

/** The JSON of a scalar: of a well-known one its form, of any other whatever there can be. */
export function scalarSchema({ name }: GraphQLScalarType): JsonSchema {
  const known = specified[name] ?? knownScalar(name)?.extensions['jsonSchema']
  return isObject(known) ? { ...known } : {}
}

/**
 * Reads text of a path or a query as its type asks: numbers and booleans where the type has them, all else as it is
 * written. What doesn't fit stays text, which the type then refuses.
 */
export function readText(text: string, type: GraphQLInputType): unknown {
  const named = getNamedType(type)
  const kind = isScalarType(named) ? valueAt(scalarSchema(named), ['type']) : null
  if (kind === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  if (kind === 'integer') return /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : text
  return kind === 'number' && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : text
}
