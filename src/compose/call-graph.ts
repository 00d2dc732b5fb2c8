import { getNamedType, isAbstractType, isObjectType, type GraphQLSchema } from 'graphql'
import type { FieldBinding } from './binding.ts'

/** Fields by the type they stand on, without internal ones, which clients can't select. */
export function visibleFields(fields: ReadonlyMap<string, FieldBinding>): Map<string, FieldBinding[]> {
  const byType = new Map<string, FieldBinding[]>()
  for (const field of fields.values()) {
    if (field.internal) continue
    const known = byType.get(field.parent)
    if (known === undefined) byType.set(field.parent, [field])
    else known.push(field)
  }
  return byType
}

/** The object types that a field's value can have. */
export function possibleTypes(field: FieldBinding, schema: GraphQLSchema): string[] {
  const named = getNamedType(field.type)
  if (isObjectType(named)) return [named.name]
  return isAbstractType(named) ? schema.getPossibleTypes(named).map(({ name }) => name) : []
}

/** Names of the types that have such fields somewhere below them, interfaces and unions included. */
export function findTypesAbove(
  schema: GraphQLSchema, fields: ReadonlyMap<string, FieldBinding>, fits: (field: FieldBinding) => boolean,
): Set<string> {
  const byType = visibleFields(fields)
  const found = new Set<string>()
  let before = -1
  while (before !== found.size) {
    before = found.size
    for (const [type, members] of byType) {
      if (members.some((field) => fits(field) || possibleTypes(field, schema).some((name) => found.has(name)))) {
        found.add(type)
      }
    }
  }
  for (const type of Object.values(schema.getTypeMap())) {
    if (isAbstractType(type) && schema.getPossibleTypes(type).some(({ name }) => found.has(name))) found.add(type.name)
  }
  return found
}
