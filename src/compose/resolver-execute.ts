import { execute, OperationTypeNode, type ExecutionResult } from 'graphql'
import { SluiceError } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import type { Bound } from './binding.ts'
import { Calls } from './calls.ts'
import { charged } from './charged.ts'
import { asRequestError, refuse, refuseDenied, refuseLengths } from './early.ts'
import { sortErrors } from './error-order.ts'
import type { Executed } from './executed.ts'
import { extensionsOf, type ExecutorSettings, type Task } from './execute.ts'
import { explanationFor } from './explain.ts'
import { present } from './graphql-error.ts'
import { Growth } from './growth.ts'
import { fragmentsOf, outlineOperation, type Outline } from './outline.ts'
import { admit, type Admitted } from './plan/admit.ts'
import type { Plan } from './plan/plan.ts'
import { attachResolvers, Run } from './resolve.ts'
import { UnbatchedCalls } from './unbatched-calls.ts'

/** Gives a bound schema the resolvers that `executeByResolvers` needs. */
export function prepareResolvers(bound: Bound): void {
  attachResolvers(bound)
}

/**
 * Executes an operation with graphql-js, every field by its binding; a plan only says what it could come to. Throws
 * OPERATION_TOO_LARGE.
 */
export async function executeByResolvers(plan: Plan | null, task: Task, settings: ExecutorSettings): Promise<Executed> {
  const { args, operation, variables, exchange } = task
  const { bound, mostFields, log } = settings
  const mutation = operation.operation === OperationTypeNode.MUTATION
  const outline = outlineOperation({ bound, operation, fragments: fragmentsOf(args.document), variables, most: mostFields })
  const admitted = plan === null ? admitOutline(outline, mutation, exchange, settings) : admit(plan, task, settings)
  if ('refused' in admitted) return admitted.refused
  // A plan's bound holds for all root fields together.
  const reserved = mutation && plan === null ? outline.fields.filter(({ path }) => path.length === 1).length : 0
  const trace = explanationFor(exchange, settings.explain) === 'trace'
  const calls = new Calls(exchange, settings.calls, { share: !mutation, reserved, trace })
  return charged(exchange, admitted.bound, calls, async () => {
    const growth = new Growth(settings.answer)
    const run = new Run({
      calls, outline, log, growth, identity: exchange.identity, signal: exchange.signal,
      unbatched: new UnbatchedCalls(calls, !mutation), services: [...settings.calls.services.keys()],
      clock: settings.calls.clock, longest: settings.resolver,
    })
    const { data, errors } = await calls.during(exchange.signal, !mutation, async () => execute({ ...args, contextValue: run }))
    if (growth.exceeded !== undefined) return refuse(growth.exceeded)
    if (data === undefined) return { errors: (errors ?? []).map((error) => asRequestError(present(error, log))) }
    return {
      data,
      ...(errors === undefined ? {} : { errors: sortErrors(errors.map((error) => present(error, log)), data) }),
      ...extensionsOf(calls),
    }
  })
}

/** What no plan tells of is bounded by what one operation may make, and by nothing where nothing calls. */
function admitOutline(
  outline: Outline, mutation: boolean, { identity }: Exchange, { calls: { most, services } }: ExecutorSettings,
): Pick<Admitted, 'bound'> | { readonly refused: ExecutionResult } {
  const refused = refuseLengths(outline.fields) ?? (mutation ? refuseMutation(outline, most) : undefined)
    ?? (mutation ? refuseDenied(outline.fields, identity, services) : undefined)
  return refused === undefined ? { bound: outline.steps.size === 0 ? 0 : most } : { refused }
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
