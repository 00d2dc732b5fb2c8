import { isAbstractType, isNonNullType, Kind, TypeInfo, valueFromASTUntyped, visit, visitWithTypeInfo, type GraphQLObjectType } from 'graphql'
import { denialOf } from '../compose/access.ts'
import { chainOf, type Bound, type FieldBinding } from '../compose/binding.ts'
import type { Face } from '../compose/face/face.ts'
import type { Use } from '../compose/face/template.ts'
import type { FaceVariable } from '../compose/face/variable.ts'
import { isObject, valueAt } from '../compose/row.ts'
import type { Config } from '../config/config.ts'
import { anonymous } from '../identity.ts'
import type { Components, Json } from './json.ts'
import { bothNeeds, needsNothing, needsOfCall, type Needs } from './security.ts'
import { SelectionSchemas } from './selection.ts'
import { inputSchema } from './types.ts'

/** What an operation says of the route that shows it. */
export interface FaceOperation {
  readonly about: Json
  readonly parameters: readonly Json[]
  /** Schemas of the path's parameters, by name. */
  readonly path: ReadonlyMap<string, Json>
  readonly response: Json
  /** Whether there may be nothing to answer with. */
  readonly nullable: boolean
  readonly needs: Needs
}

export function faceOperation(face: Face, bound: Bound, services: Config['services'], components: Components): FaceOperation {
  const { operation, mutation, variables } = face
  const uses = variables.flatMap((variable) => variable.uses.map((use) => ({ variable, use })))
  const root = (mutation ? bound.schema.getMutationType() : bound.schema.getQueryType()) ?? undefined
  const body = requestBody(uses.map(({ use }) => use).filter(({ from }) => from === 'body'), components)
  const answered = root === undefined ? { schema: {}, nullable: false, description: undefined } : answerSchema(face, root, bound, components)
  const summary = operation.description?.value ?? answered.description
  return {
    about: { ...summary === undefined ? {} : { summary }, ...body === undefined ? {} : { requestBody: body } },
    parameters: uses.filter(({ use }) => use.from === 'query').map(({ variable, use }) => queryParameter(variable, use, components)),
    path: new Map(uses.filter(({ use }) => use.from === 'path').map(({ use }) => [use.path.join('.'), schemaOf(use, components)])),
    response: { description: 'The answer, whole.', content: { 'application/json': { schema: face.partial ? partialOf(answered.schema) : answered.schema } } },
    nullable: answered.nullable && !mutation,
    needs: fieldsOf(face, bound).map((field) => needsOfField(field, services)).reduce(bothNeeds, needsNothing),
  }
}

function answerSchema(face: Face, type: GraphQLObjectType, { schema }: Bound, components: Components) {
  const whole = new SelectionSchemas(schema, face, components).objectOf(type, [face.operation.selectionSet])
  const only = face.root === null ? null : valueAt(whole, ['properties', face.root])
  if (!isObject(only)) return { schema: whole, nullable: false, description: undefined }
  const { description, ...value }: Json = { ...only }
  const bare = face.mutation ? value : withoutNull(value)
  return { schema: bare, nullable: bare !== value, description: typeof description === 'string' ? description : undefined }
}

/** A query that has nothing to answer with is 404, so that its answer is never null. */
function withoutNull(schema: Json): Json {
  const { type, anyOf } = schema
  if (Array.isArray(type)) return { ...schema, type: type.find((each) => each !== 'null') }
  const choices: readonly unknown[] = Array.isArray(anyOf) ? anyOf : []
  const [value, none] = choices
  return isObject(value) && valueAt(none, ['type']) === 'null' ? { ...value } : schema
}

function partialOf(data: Json): Json {
  const error = { type: 'object', properties: { code: { type: 'string' }, detail: { type: 'string' }, pointer: { type: 'string' } }, required: ['code', 'detail'] }
  const errors = { type: 'array', description: 'What could not be had, and why; not there where the data is whole.', items: error }
  return { type: 'object', properties: { data, errors }, required: ['data'] }
}

function schemaOf({ type }: Use, components: Components): Json {
  if (type === null) return {}
  const schema = inputSchema(type, components)
  return isNonNullType(type) ? schema : withoutNull(schema)
}

function queryParameter({ definition, required }: FaceVariable, use: Use, components: Components): Json {
  const { description, defaultValue } = definition
  const preset = defaultValue === undefined ? {} : { default: valueFromASTUntyped(defaultValue) }
  return {
    name: use.path.join('.'),
    in: 'query',
    ...description === undefined ? {} : { description: description.value },
    required,
    schema: { ...schemaOf(use, components), ...preset },
  }
}

/** One schema of all that variables read of the body. */
function requestBody(uses: readonly Use[], components: Components): Json | undefined {
  const [first] = uses
  if (first === undefined) return undefined
  return { required: uses.some(({ required }) => required), content: { 'application/json': { schema: bodySchema(uses, components) } } }
}

function bodySchema(uses: readonly Use[], components: Components): Json {
  const whole = uses.find(({ path }) => path.length === 0)
  if (whole !== undefined) return schemaOf(whole, components)
  const byName = Map.groupBy(uses, ({ path: [name = ''] }) => name)
  const properties = [...byName].map(([name, below]) => {
    return [name, bodySchema(below.map((use) => ({ ...use, path: use.path.slice(1) })), components)] as const
  })
  const required = [...byName].filter(([, below]) => below.some((use) => use.required)).map(([name]) => name)
  return { type: 'object', properties: Object.fromEntries(properties), ...required.length === 0 ? {} : { required } }
}

/** Every field that the operation selects, whichever type an object turns out to be. */
function fieldsOf({ document, operation }: Face, { schema, fields }: Bound): FieldBinding[] {
  const definitions = document.definitions.filter((each) => each.kind !== Kind.OPERATION_DEFINITION || each === operation)
  const found = new Set<FieldBinding>()
  const info = new TypeInfo(schema)
  visit({ ...document, definitions }, visitWithTypeInfo(info, {
    Field: ({ name }) => {
      const parent = info.getParentType()
      if (!parent) return
      for (const type of isAbstractType(parent) ? schema.getPossibleTypes(parent) : [parent]) {
        const field = fields.get(`${type.name}.${name.value}`)
        if (field !== undefined) found.add(field)
      }
    },
  }))
  return [...found]
}

function needsOfField(field: FieldBinding, services: Config['services']): Needs {
  const own = chainOf(field).reduce((needs: Needs, { access: { scopes }, source }) => {
    const asked = { scopes: new Set(scopes ?? []), known: false, more: (scopes ?? []).length > 0 }
    const called = source.kind === 'call' ? needsOfCall(services[source.call.service]?.access ?? [], source.call.method, source.call.text) : needsNothing
    return bothNeeds(bothNeeds(needs, asked), called)
  }, needsNothing)
  return { ...own, known: own.known || denialOf(field, anonymous) !== undefined }
}
