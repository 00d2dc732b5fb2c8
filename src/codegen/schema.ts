import {
  buildASTSchema, isObjectType, Kind, visit, type DocumentNode, type GraphQLField, type GraphQLObjectType, type GraphQLSchema,
} from 'graphql'
import { validateSDL } from 'graphql/validation/validate.js'
import { loadCode } from '../compose/code/load.ts'
import { directivesByName } from '../compose/directives/index.ts'
import { mergeSources, readSources } from '../compose/load.ts'
import { problemOf, type Problem } from '../compose/problem.ts'

/** A folder's types, internal ones too, and where the values of their fields come from. */
export interface TypedSchema {
  /** Definitions without bindings. */
  readonly document: DocumentNode
  readonly schema: GraphQLSchema
  /** Whether a directive says where a field's value comes from; then code may not. */
  isBound(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>): boolean
  /** Whether code says it now. */
  isCoded(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>): boolean
}

/** Reads `schema/` of a folder. Its bindings need not be sound: types come before the code that they are for. */
export async function readTypedSchema(dir: string): Promise<TypedSchema | { problems: readonly Problem[] }> {
  const problems: Problem[] = []
  const merged = mergeSources(await readSources(dir), problems)
  if (merged === undefined) return { problems }
  const document: DocumentNode = visit(merged, { [Kind.DIRECTIVE]: ({ name }) => directivesByName.has(name.value) ? null : undefined })
  problems.push(...validateSDL(document).map((error) => problemOf(error)))
  if (problems.length > 0) return { problems }
  const { resolvers } = await loadCode(dir)
  const coded = new Set(resolvers.map(({ type, field }) => `${type}.${field}`))
  const bound = boundFields(merged)
  const schema = buildASTSchema(document, { assumeValidSDL: true })
  return {
    document, schema,
    isBound: (type, field) => bound.has(`${type.name}.${field.name}`),
    isCoded: (type, field) => coded.has(`${type.name}.${field.name}`),
  }
}

function boundFields({ definitions }: DocumentNode): Set<string> {
  return new Set(definitions.flatMap((definition) => {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) return []
    const bound = definition.fields?.filter(({ directives }) => directives?.some(({ name }) => directivesByName.get(name.value)?.calls === true))
    return bound?.map((field) => `${definition.name.value}.${field.name.value}`) ?? []
  }))
}

/** Object types but those of introspection, in the order of their names. */
export function objectsOf(schema: GraphQLSchema): GraphQLObjectType[] {
  const types = Object.values(schema.getTypeMap()).filter(isObjectType).filter(({ name }) => !name.startsWith('__'))
  return types.toSorted((a, b) => a.name < b.name ? -1 : 1)
}
