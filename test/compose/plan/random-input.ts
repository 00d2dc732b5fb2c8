import {
  getNullableType, GraphQLBoolean, GraphQLFloat, GraphQLInt, GraphQLNonNull, GraphQLString, isEnumType, isInputObjectType,
  isListType, isNonNullType, isRequiredInputField, type GraphQLInputType,
} from 'graphql'
import { drawKey, type Draws } from './draws.ts'

/** A value that fits an input type, as JSON has it. */
export function randomInput(type: GraphQLInputType, draws: Draws): unknown {
  if (!isNonNullType(type) && draws.chance(10)) return null
  const bare = getNullableType(type)
  if (isListType(bare)) {
    if (draws.chance(10)) return randomInput(new GraphQLNonNull(getNullableType(bare.ofType)), draws)
    return draws.several(draws.chance(10) ? 0 : 1, 3, () => randomInput(bare.ofType, draws))
  }
  if (isInputObjectType(bare)) {
    const fields = Object.values(bare.getFields()).filter((field) => isRequiredInputField(field) || draws.chance(40))
    return Object.fromEntries(fields.map(({ name, type: of }) => [name, randomInput(of, draws)]))
  }
  if (isEnumType(bare)) return draws.pickFrom(bare.getValues())?.name
  if (bare === GraphQLInt) return draws.chance(5) ? draws.pick(9, -1) : draws.below(4)
  if (bare === GraphQLFloat) return draws.below(100) / 4
  if (bare === GraphQLBoolean) return draws.chance(50)
  const key = drawKey(draws)
  return bare === GraphQLString ? String(key) : key
}

/** The same value as a document writes it. */
export function writeInput(value: unknown, type: GraphQLInputType): string {
  const bare = getNullableType(type)
  if (Array.isArray(value)) return `[${value.map((item) => writeInput(item, isListType(bare) ? bare.ofType : bare)).join(', ')}]`
  if (isListType(bare)) return writeInput(value, bare.ofType)
  if (isEnumType(bare)) return String(value)
  if (!isInputObjectType(bare) || typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = bare.getFields()
  const members = Object.entries(value).flatMap(([name, item]) => {
    const field = fields[name]
    return field === undefined ? [] : [`${name}: ${writeInput(item, field.type)}`]
  })
  return `{ ${members.join(', ')} }`
}
