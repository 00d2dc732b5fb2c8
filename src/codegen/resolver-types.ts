import {
  getNamedType, getNullableType, isAbstractType, isLeafType, isListType, isNonNullType, isScalarType,
  type GraphQLField, type GraphQLObjectType, type GraphQLOutputType,
} from 'graphql'
import { objectsOf, type TypedSchema } from './schema.ts'

/**
 * Rows, which are objects as code sees and gives them, without the fields that composition adds; and `Resolvers`, with
 * every field that no directive binds.
 */
export function resolverTypes(typed: TypedSchema): string {
  const objects = objectsOf(typed.schema)
  const abstract = Object.values(typed.schema.getTypeMap()).filter(isAbstractType).toSorted((a, b) => a.name < b.name ? -1 : 1)
  const rows = objects.filter((type) => !isRoot(type, typed)).map((type) => rowOf(type, typed))
  const unions = abstract.map((type) => {
    const members = typed.schema.getPossibleTypes(type).map(({ name }) => `${name}Row`)
    return `export type ${type.name}Row = ${members.length === 0 ? 'never' : members.join(' | ')}\n`
  })
  const resolvers = objects.flatMap((type) => resolversOf(type, typed))
  return [...rows, ...unions, `/** What \`schema/*.ts\` may resolve. */\nexport interface Resolvers {\n${resolvers.join('\n')}\n}\n`].join('\n')
}

function isRoot(type: GraphQLObjectType, { schema }: TypedSchema): boolean {
  return type === schema.getQueryType() || type === schema.getMutationType()
}

function rowOf(type: GraphQLObjectType, typed: TypedSchema): string {
  const own = Object.values(type.getFields()).filter((field) => !typed.isBound(type, field) && !typed.isCoded(type, field))
  const lines = own.map((field) => `  readonly ${field.name}: ${textOf(field.type)}`)
  return [`export interface ${type.name}Row {`, `  readonly __typename?: '${type.name}'`, ...lines, '}', ''].join('\n')
}

function textOf(type: GraphQLOutputType): string {
  const bare = getNullableType(type)
  const text = isListType(bare) ? `ReadonlyArray<${textOf(bare.ofType)}>`
    : isScalarType(bare) ? `Scalars['${bare.name}']['output']` : isLeafType(bare) ? bare.name : `${getNamedType(bare).name}Row`
  return isNonNullType(type) ? text : `${text} | null`
}

function resolversOf(type: GraphQLObjectType, typed: TypedSchema): string[] {
  const open = Object.values(type.getFields()).filter((field) => !typed.isBound(type, field))
  if (open.length === 0) return []
  const parent = isRoot(type, typed) ? 'Nothing' : `${type.name}Row`
  const lines = open.map((field) => `    readonly ${field.name}?: CodeField<${parent}, ${argumentsOf(type, field)}, ${textOf(field.type)}, Services>`)
  return [`  readonly ${type.name}?: {`, ...lines, '  }']
}

function argumentsOf({ name }: GraphQLObjectType, field: GraphQLField<unknown, unknown>): string {
  return field.args.length === 0 ? 'Nothing' : `${name}_${field.name}Args`
}
