import { getNullableType, isAbstractType, isLeafType, isListType, isNonNullType, type GraphQLOutputType } from 'graphql'
import type { Bound, FieldBinding } from '../binding.ts'
import { isObject, misfit, readField, Row, type Origin } from '../row.ts'
import { typeNameOf } from '../type-rule.ts'

/**
 * Shows rows to code as the schema declares them: by GraphQL names, leaves in their JSON form, without fields that need
 * calls or code. What the code doesn't read is not looked at; reading what the service gave wrongly throws.
 */
export class Parents {
  readonly #types: Bound['types']
  readonly #fields: ReadonlyMap<string, readonly FieldBinding[]>

  constructor({ fields, types }: Pick<Bound, 'fields' | 'types'>) {
    this.#types = types
    this.#fields = Map.groupBy([...fields.values()].filter(({ source }) => source.kind === 'data'), ({ parent }) => parent)
  }

  /** An object of a type; a root field's parent has nothing. */
  show(type: string, row: Row | undefined): object {
    const shown = {}
    if (row === undefined) return shown
    for (const field of this.#fields.get(type) ?? []) {
      const get = () => this.#read(readField(row, field), field.type, field, row.origin)
      Object.defineProperty(shown, field.name, { enumerable: true, get })
    }
    return shown
  }

  #read(value: unknown, type: GraphQLOutputType, field: FieldBinding, origin: Origin): unknown {
    if (value === null || value === undefined) {
      if (isNonNullType(type)) throw misfit(field, origin, 'is null')
      return null
    }
    const bare = getNullableType(type)
    if (isListType(bare)) {
      if (!Array.isArray(value)) throw misfit(field, origin, 'is no list')
      return value.map((item) => this.#read(item, bare.ofType, field, origin))
    }
    if (isLeafType(bare)) return leafOf(value, bare, field, origin)
    if (!isObject(value)) throw misfit(field, origin, 'is no object')
    const rule = isAbstractType(bare) ? this.#types.get(bare.name) : undefined
    const name = rule === undefined ? bare.name : typeNameOf(value, rule, origin.naming)
    if (name === undefined) throw misfit(field, origin, 'is of no known type')
    return this.show(name, new Row(value, origin))
  }
}

function leafOf(value: unknown, type: { serialize(value: unknown): unknown }, field: FieldBinding, origin: Origin): unknown {
  try {
    return type.serialize(value)
  } catch {
    throw misfit(field, origin, 'does not fit its type')
  }
}
