import { isObjectType, type GraphQLSchema } from 'graphql'
import type { FieldBinding } from '../binding.ts'

/** A schema with what its fields are bound to. */
export interface Declared {
  readonly schema: GraphQLSchema
  /** Every field by `Type.field`. */
  readonly fields: ReadonlyMap<string, FieldBinding>
}

/** The fields of an object type that are read from the object itself. */
export function dataFields({ schema, fields }: Declared, name: string): readonly FieldBinding[] {
  const type = schema.getType(name)
  const names = isObjectType(type) ? Object.keys(type.getFields()) : []
  return names.flatMap((each) => fields.get(`${name}.${each}`) ?? []).filter(({ source }) => source.kind === 'data')
}
