import { execute, OperationTypeNode, type ExecutionResult } from 'graphql'
import { SluiceError } from '../errors.ts'
import type { Bound } from './binding.ts'
import { Calls } from './calls.ts'
import { asRequestError, refuse, refuseDenied, refuseLengths } from './early.ts'
import { sortErrors } from './error-order.ts'
import { extensionsOf, type ExecutorSettings, type Task } from './execute.ts'
import { present } from './graphql-error.ts'
import { fragmentsOf, outlineOperation, type Outline } from './outline.ts'
import { attachResolvers, Run } from './resolve.ts'

/** Gives a bound schema the resolvers that `executeByResolvers` needs. */
export function prepareResolvers(bound: Bound): void {
  attachResolvers(bound)
}

/** Executes an operation with graphql-js, every field by its binding. Throws OPERATION_TOO_LARGE. */
export async function executeByResolvers(
  { args, operation, variables, exchange }: Task, { bound, calls: settings, mostFields, log }: ExecutorSettings,
): Promise<ExecutionResult> {
  const { identity } = exchange
  const mutation = operation.operation === OperationTypeNode.MUTATION
  const outline = outlineOperation({ bound, operation, fragments: fragmentsOf(args.document), variables, most: mostFields })
  const refused = refuseLengths(outline.fields) ?? (mutation ? refuseMutation(outline, settings.most) : undefined)
    ?? (mutation ? refuseDenied(outline.fields, identity, settings.services) : undefined)
  if (refused !== undefined) return refused
  const reserved = mutation ? outline.fields.filter(({ path }) => path.length === 1).length : 0
  const calls = new Calls(exchange, settings, { share: !mutation, reserved })
  const { data, errors } = await execute({ ...args, contextValue: new Run({ calls, outline, identity, log }) })
  calls.end()
  if (data === undefined) return { errors: (errors ?? []).map((error) => asRequestError(present(error, log))) }
  return {
    data,
    ...(errors === undefined ? {} : { errors: sortErrors(errors.map((error) => present(error, log)), data) }),
    ...extensionsOf(calls),
  }
}

function refuseMutation(outline: Outline, most: number): ExecutionResult | undefined {
  const least = leastCalls(outline)
  if (least <= most) return undefined
  return refuse(new SluiceError('OPERATION_TOO_LARGE', `The mutation needs at least ${least} calls; one operation may make ${most}.`))
}

/** The calls of a mutation where every list has one item: root fields share nothing, and below one a step is one call. */
function leastCalls({ steps }: Outline): number {
  return new Set([...steps].map(([node, step]) => `${node.split('/')[1] ?? ''} ${step}`)).size
}
