import { GraphQLError, type ExecutionResult, type FieldNode } from 'graphql'
import { SluiceError } from '../errors.ts'
import type { Identity } from '../identity.ts'
import { denialOf } from './access.ts'
import type { CallSettings } from './calls.ts'
import { graphqlErrorOf, httpOf, refusedAsRequest } from './graphql-error.ts'
import type { OutlinedField } from './outline.ts'
import { refuseLength } from './row.ts'
import { endOf } from './source.ts'

/** The answer to an operation that is not executed. */
export function refuse(error: SluiceError): ExecutionResult {
  return { errors: [graphqlErrorOf(error, httpOf(error))] }
}

/** Variables that don't fit are the request's fault. */
export function asRequestError(error: GraphQLError): GraphQLError {
  const code = error.extensions['code'] === 'BAD_REQUEST' ? 'GRAPHQL_VALIDATION_FAILED' : error.extensions['code']
  return new GraphQLError(error.message, {
    nodes: error.nodes ?? null, path: error.path ?? null, extensions: { ...error.extensions, ...refusedAsRequest, code },
  })
}

/** The refusal of an operation that asks for a longer list than there can be. */
export function refuseLengths(fields: readonly OutlinedField[]): ExecutionResult | undefined {
  for (const { binding, node, path, arguments: args } of fields) {
    const refusal = args === null ? undefined : refuseLength(binding, args)
    if (refusal !== undefined) return { errors: [placed(graphqlErrorOf(refusal, refusedAsRequest), node, path)] }
  }
  return undefined
}

/** The refusal of a mutation of which any field is denied: it must not be carried out in part. */
export function refuseDenied(
  fields: readonly OutlinedField[], identity: Identity, services: CallSettings['services'],
): ExecutionResult | undefined {
  const denied = fields.flatMap((field) => {
    const denial = denialOf(field.binding, identity) ?? accessDenial(field, identity, services)
    return denial === undefined ? [] : [placed(graphqlErrorOf(denial), field.node, field.path)]
  })
  return denied.length === 0 ? undefined : { data: null, errors: denied }
}

/** What the service's own rules say of a root field's call; those of fields below depend on what it will answer. */
function accessDenial(
  { binding, path, arguments: args }: OutlinedField, identity: Identity, services: CallSettings['services'],
): SluiceError | undefined {
  if (path.length > 1 || args === null) return undefined
  const { field: { source }, scopeOf } = endOf(binding)
  if (source.kind !== 'call') return undefined
  const { service, method, path: pathOf } = source.call
  try {
    const scope = scopeOf({ arguments: args, identity })
    const target = scope === null ? null : pathOf(scope)
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
