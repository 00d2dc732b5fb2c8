import {
  coerceInputValue, getNullableType, isInputType, isLeafType, isListType, isNonNullType, typeFromAST, type GraphQLInputType, type GraphQLSchema,
  type VariableDefinitionNode,
} from 'graphql'
import { join } from '../../config/pointer.ts'
import { SluiceError } from '../../errors.ts'
import { FaceTemplate, type Given, type Read, type ReportAt, type Use } from './template.ts'
import { readText } from './text.ts'

/** A variable with where it comes from, compiled. */
export interface FaceVariable {
  readonly name: string
  readonly type: GraphQLInputType
  readonly required: boolean
  readonly definition: VariableDefinitionNode
  readonly uses: readonly Use[]
  /** The value, not yet checked against the type; undefined where the request has none. */
  readonly read: Read
}

export interface VariableInput {
  readonly schema: GraphQLSchema
  /** Templates by variable. */
  readonly variables: Readonly<Record<string, unknown>>
  /** Names of the path's parameters. */
  readonly parameters: readonly string[]
  readonly report: ReportAt
}

/** Compiles one variable; undefined where nothing gives it a value. */
export function compileVariable(definition: VariableDefinitionNode, input: VariableInput): FaceVariable | undefined {
  const name = definition.variable.name.value
  const type = typeFromAST(input.schema, definition.type)
  if (!isInputType(type)) return undefined
  const required = isNonNullType(type) && definition.defaultValue === undefined
  const source = sourceOf({ name, type, required }, input)
  if (source !== undefined) return { name, type, required, definition, ...source }
  if (required) {
    input.report('/operation', `the variable $${name} has no source: a ${String(type)} cannot come from the query; give it one in "variables"`)
  }
  return undefined
}

function sourceOf(
  { name, type, required }: Pick<FaceVariable, 'name' | 'type' | 'required'>, { variables, parameters, report }: VariableInput,
): Pick<FaceVariable, 'read' | 'uses'> | undefined {
  const own = Object.hasOwn(variables, name)
  if (own || parameters.includes(name)) {
    const template = new FaceTemplate(required, report)
    const read = template.compile(own ? variables[name] : `{${name}}`, type, join('/variables', name))
    return { read, uses: template.uses }
  }
  const bare = getNullableType(type)
  const list = isListType(bare)
  if (!isLeafType(list ? getNullableType(bare.ofType) : bare)) return undefined
  return { read: ({ query }) => readQuery(query.getAll(name), type, list), uses: [{ from: 'query', path: [name], type, required }] }
}

/** Several values where there can be one stay a list, which the type refuses. */
function readQuery(texts: readonly string[], type: GraphQLInputType, list: boolean): unknown {
  const values = texts.map((text) => readText(text, type))
  return values.length > 1 || (list && values.length > 0) ? values : values[0]
}

/** Reads the variables of a request, each checked against its type; PARAMETER_REFUSED names the first that doesn't fit. */
export function readVariables(variables: readonly FaceVariable[], given: Given): Record<string, unknown> | SluiceError {
  const values: Record<string, unknown> = {}
  for (const variable of variables) {
    const value = variable.read(given)
    const problem = value === undefined ? missing(variable) : misfit(variable, value)
    if (problem !== undefined) return new SluiceError('PARAMETER_REFUSED', `${wordsOf(variable)} ${problem}.`, { extensions: { parameter: parameterOf(variable) } })
    if (value !== undefined) values[variable.name] = value
  }
  return values
}

function missing({ required }: FaceVariable): string | undefined {
  return required ? 'is missing' : undefined
}

/** Why a value can't be that of a variable, as what is said of the piece of the request that it comes from. */
export function misfit({ type }: Pick<FaceVariable, 'type'>, value: unknown): string | undefined {
  let problem: string | undefined
  coerceInputValue(value, type, (path, _value, { message }) => {
    const place = path.length === 0 ? '' : ` at ${path.join('.')}`
    problem ??= `does not fit${place}: ${message.replace(/ Did you mean [^]*$/, '').replace(/\.$/, '').slice(0, longest)}`
  })
  return problem
}

/** Of what a message says, which may have the client's own words in it. */
const longest = 200

function parameterOf({ name, uses: [use] }: FaceVariable): string {
  return use === undefined ? name : use.from === 'body' ? ['body', ...use.path].join('.') : use.path.join('.')
}

function wordsOf(variable: FaceVariable): string {
  const [use] = variable.uses
  if (use === undefined) return `The variable "${variable.name}"`
  if (use.from === 'body') return use.path.length === 0 ? 'The body' : `"${use.path.join('.')}" of the body`
  return `The ${use.from} parameter "${use.path.join('.')}"`
}
