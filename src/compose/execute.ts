import {
  execute, getOperationAST, getVariableValues, GraphQLError, Kind, OperationTypeNode, type DocumentNode, type ExecutionArgs, type ExecutionResult,
  type FieldNode, type GraphQLResolveInfo, type OperationDefinitionNode,
} from 'graphql'
import type { Logger } from 'pino'
import { SluiceError } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import type { Identity } from '../identity.ts'
import { denialOf } from './access.ts'
import type { Bound } from './binding.ts'
import { Calls, type CallSettings } from './calls.ts'
import { sortErrors } from './error-order.ts'
import { graphqlErrorOf, present, refusedAsRequest } from './graphql-error.ts'
import { outlineOperation, type Outline, type OutlinedField } from './outline.ts'
import { attachResolvers, Run } from './resolve.ts'
import { refuseLength } from './row.ts'

export interface ExecutorSettings {
  readonly bound: Bound
  readonly calls: CallSettings
  /** Most fields of an operation once its fragments are written out. */
  readonly mostFields: number
  readonly log: Pick<Logger, 'error'>
}

export type Executor = (exchange: Exchange, args: ExecutionArgs) => Promise<ExecutionResult>

/** Executes validated operations with graphql-js, every field by its binding. */
export function buildExecutor({ bound, calls: callSettings, mostFields, log }: ExecutorSettings): Executor {
  attachResolvers(bound)
  return async (exchange, args) => {
    const operation = getOperationAST(args.document, args.operationName)
    if (!operation) return refuse(new SluiceError('BAD_REQUEST', 'The document has no operation of that name, or several and no name is given.'))
    noteOperation(exchange, operation)
    const outline = outlineOf(operation, args, bound, mostFields)
    if (outline instanceof GraphQLError) return { errors: [present(outline, log)] }
    if (outline !== null) {
      const refused = refuseEarly(outline, operation, exchange, callSettings)
      if (refused !== undefined) return refused
    }
    const share = operation.operation !== OperationTypeNode.MUTATION
    const known = outline ?? emptyOutline
    const calls = new Calls(exchange, callSettings, { share, reserved: share ? 0 : known.fields.filter(({ path }) => path.length === 1).length })
    const contextValue = new Run({ calls, outline: known, identity: exchange.identity, log })
    const { data, errors } = await execute({ ...args, contextValue })
    calls.end()
    if (data === undefined) return { errors: (errors ?? []).map((error) => asRequestError(present(error, log))) }
    if (errors === undefined) return { data }
    return { data, errors: sortErrors(errors.map((error) => present(error, log)), data) }
  }
}

const emptyOutline: Outline = { fields: [], steps: new Map(), before: new Map() }
const longestName = 100

function noteOperation({ record }: Exchange, { name, operation }: OperationDefinitionNode): void {
  record.fields['graphqlOperation'] = name === undefined ? operation : `${operation} ${name.value.slice(0, longestName)}`
}

function refuse(error: SluiceError): ExecutionResult {
  return { errors: [graphqlErrorOf(error, refusedAsRequest)] }
}

/** Variables that don't fit are the request's fault. */
function asRequestError(error: GraphQLError): GraphQLError {
  const code = error.extensions['code'] === 'BAD_REQUEST' ? 'GRAPHQL_VALIDATION_FAILED' : error.extensions['code']
  return new GraphQLError(error.message, {
    nodes: error.nodes ?? null, path: error.path ?? null, extensions: { ...error.extensions, ...refusedAsRequest, code },
  })
}

/** The outline; null where the variables don't fit, which execution says better. */
function outlineOf(operation: OperationDefinitionNode, args: ExecutionArgs, bound: Bound, most: number): Outline | GraphQLError | null {
  const coerced = getVariableValues(bound.schema, operation.variableDefinitions ?? [], args.variableValues ?? {}, { maxErrors: 1 })
  if (coerced.errors !== undefined) return null
  try {
    return outlineOperation({ bound, operation, fragments: fragmentsOf(args.document), variables: coerced.coerced, most })
  } catch (thrown) {
    if (thrown instanceof SluiceError) return graphqlErrorOf(thrown, refusedAsRequest)
    throw thrown
  }
}

function fragmentsOf({ definitions }: DocumentNode): GraphQLResolveInfo['fragments'] {
  return Object.fromEntries(definitions.flatMap((each) => each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each]] : []))
}

type Services = CallSettings['services']

/** What is refused before any call: lists that are too long, and a mutation that is too large or has a denied field. */
function refuseEarly(outline: Outline, { operation }: OperationDefinitionNode, { identity }: Exchange, { services, most }: CallSettings) {
  const { fields } = outline
  for (const { binding, node, path, arguments: args } of fields) {
    const refusal = args === null ? undefined : refuseLength(binding, args)
    if (refusal !== undefined) return { errors: [placed(graphqlErrorOf(refusal, refusedAsRequest), node, path)] }
  }
  if (operation !== OperationTypeNode.MUTATION) return undefined
  const least = leastCalls(outline)
  if (least > most) {
    return refuse(new SluiceError('OPERATION_TOO_LARGE', `The mutation needs at least ${least} calls; one operation may make ${most}.`))
  }
  const denied = fields.flatMap((field) => {
    const denial = denialOf(field.binding, identity) ?? accessDenial(field, identity, services)
    return denial === undefined ? [] : [placed(graphqlErrorOf(denial), field.node, field.path)]
  })
  return denied.length === 0 ? undefined : { data: null, errors: denied }
}

/** The calls of a mutation where every list has one item: root fields share nothing, and below one a step is one call. */
function leastCalls({ steps }: Outline): number {
  return new Set([...steps].map(([node, step]) => `${node.split('/')[1] ?? ''} ${step}`)).size
}

/** What the service's own rules say of a root field's call; those of fields below depend on what it will answer. */
function accessDenial({ binding, path, arguments: args }: OutlinedField, identity: Identity, services: Services): SluiceError | undefined {
  if (path.length > 1 || binding.source.kind !== 'call' || args === null) return undefined
  const { service, method, path: pathOf } = binding.source.call
  try {
    const target = pathOf({ arguments: args, identity })
    return target === null ? undefined : services.get(service)?.allows(method, target, identity)
  } catch (thrown) {
    // A parameter that can't be sent is the field's own error, which execution reports without a call.
    if (thrown instanceof SluiceError) return undefined
    throw thrown
  }
}

function placed({ message, extensions }: GraphQLError, node: FieldNode, path: readonly string[]): GraphQLError {
  return new GraphQLError(message, { nodes: node, path: [...path], extensions })
}
