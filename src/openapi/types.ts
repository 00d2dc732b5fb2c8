import {
  getNullableType, isEnumType, isInputObjectType, isListType, isNonNullType, isRequiredInputField, isScalarType, type GraphQLEnumType, type GraphQLInputObjectType,
  type GraphQLInputType, type GraphQLOutputType,
} from 'graphql'
import { scalarSchema } from '../compose/face/text.ts'
import { nullable, type Components, type Json } from './json.ts'

/** The JSON that clients give for a type. */
export function inputSchema(type: GraphQLInputType, components: Components): Json {
  const bare = getNullableType(type)
  const schema = bareInput(bare, components)
  return isNonNullType(type) ? schema : nullable(schema)
}

function bareInput(type: GraphQLInputType, components: Components): Json {
  if (isListType(type)) return { type: 'array', items: inputSchema(type.ofType, components) }
  return isInputObjectType(type) ? components.add('schemas', type.name, type, () => inputObject(type, components)) : leafSchema(type, components)
}

function inputObject(type: GraphQLInputObjectType, components: Components): Json {
  const fields = Object.values(type.getFields())
  const properties = fields.map((field) => {
    const preset = field.defaultValue === undefined ? {} : { default: field.defaultValue }
    return [field.name, described({ ...inputSchema(field.type, components), ...preset }, field)] as const
  })
  const required = fields.filter(isRequiredInputField).map(({ name }) => name)
  return described({
    type: 'object',
    properties: Object.fromEntries(properties),
    ...required.length === 0 ? {} : { required },
    additionalProperties: false,
  }, type)
}

/** The JSON of an enum or a scalar. */
export function leafSchema(type: GraphQLInputType | GraphQLOutputType, components: Components): Json {
  if (isEnumType(type)) return components.add('schemas', type.name, type, () => enumSchema(type))
  return isScalarType(type) ? { ...scalarSchema(type) } : {}
}

function enumSchema(type: GraphQLEnumType): Json {
  return described({ type: 'string', enum: type.getValues().map(({ name }) => name) }, type)
}

interface Described {
  readonly description?: string | null | undefined
  readonly deprecationReason?: string | null | undefined
}

export function described(schema: Json, { description, deprecationReason }: Described): Json {
  return {
    ...schema,
    ...typeof description === 'string' && description !== '' ? { description } : {},
    ...typeof deprecationReason === 'string' ? { deprecated: true } : {},
  }
}
