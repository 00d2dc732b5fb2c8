import {
  GraphQLBoolean, GraphQLFloat, GraphQLID, GraphQLInt, GraphQLString, isEnumType, type GraphQLLeafType,
} from 'graphql'

/** Writes a value that is not null as JSON. Throws as the type's own `serialize` does. */
export type WriteLeaf = (value: unknown) => string

/** Values that have the right form already are written as they are; all others go the type's own way. */
export function compileLeaf(type: GraphQLLeafType): WriteLeaf {
  const general = (value: unknown) => serialize(type, value)
  if (type === GraphQLString) return (value) => typeof value === 'string' ? JSON.stringify(value) : general(value)
  if (type === GraphQLID) return (value) => typeof value === 'string' ? JSON.stringify(value) : Number.isInteger(value) ? `"${String(value)}"` : general(value)
  if (type === GraphQLBoolean) return (value) => typeof value === 'boolean' ? String(value) : general(value)
  if (type === GraphQLInt) return (value) => typeof value === 'number' && (value | 0) === value ? String(value) : general(value)
  if (type === GraphQLFloat) return (value) => typeof value === 'number' && Number.isFinite(value) ? JSON.stringify(value) : general(value)
  if (isEnumType(type)) return compileEnum(type.getValues().map(({ name, value }) => [name, value]), general)
  return general
}

/** Enum values of a schema in SDL are their names. */
function compileEnum(values: readonly (readonly [string, unknown])[], general: WriteLeaf): WriteLeaf {
  const texts = new Map(values.map(([name, value]) => [value, JSON.stringify(name)]))
  return (value) => texts.get(value) ?? general(value)
}

function serialize(type: GraphQLLeafType, value: unknown): string {
  const serialized: unknown = type.serialize(value)
  if (serialized === null || serialized === undefined) throw new Error(`${type.name} made nothing of a value`)
  return JSON.stringify(serialized)
}
