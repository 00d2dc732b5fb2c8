import { getOperationAST, getVariableValues, type DocumentNode, type ExecutionArgs, type ExecutionResult, type OperationDefinitionNode } from 'graphql'
import type { Logger } from 'pino'
import type { GraphqlSettings } from '../config/config.ts'
import { SluiceError } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import type { Bound } from './binding.ts'
import type { Calls, CallSettings } from './calls.ts'
import { asRequestError, refuse } from './early.ts'
import type { Executed } from './executed.ts'
import { present } from './graphql-error.ts'
import { refuseIntrospection } from './introspection.ts'
import { Plans } from './plan/plans.ts'
import { executePlan } from './plan/execute.ts'
import { executeByResolvers, prepareResolvers } from './resolver-execute.ts'
import type { CacheParts } from './share/cache-policy.ts'
import type { SharedOperations } from './share/shared-operations.ts'

export interface ExecutorSettings {
  readonly bound: Bound
  readonly calls: CallSettings
  /** Most fields of an operation once its fragments are written out. */
  readonly mostFields: number
  readonly log: Pick<Logger, 'error'>
  /** For how long one run of a resolver in code may go on, in ms. */
  readonly resolver: number
  /** Longest answer, in characters. */
  readonly answer: number
  /** Most that an operation may cost; no bound where it is left out. */
  readonly cost?: number | undefined
  /** Who may ask for the schema; everybody where it is left out. */
  readonly introspection?: GraphqlSettings['introspection']
  /** Who may ask what an operation calls; nobody where it is left out. */
  readonly explain?: GraphqlSettings['explain']
  /** Queries that other requests make at the same time. */
  readonly shared?: SharedOperations | undefined
  /** What caches are told of answers; without it nothing is kept. */
  readonly cache?: CacheParts | undefined
  /** Whether operations are compiled to plans where they can be; by resolvers alone they are slower, and the same. */
  readonly plans?: boolean
  /** Whether a document is kept, so that its plans may be; none is where it is left out. */
  readonly isKept?: ((document: DocumentNode) => boolean) | undefined
}

/** An operation that is well-formed, with all that both ways of executing it need. */
export interface Task {
  readonly args: ExecutionArgs
  readonly operation: OperationDefinitionNode
  readonly variables: Readonly<Record<string, unknown>>
  readonly exchange: Exchange
  /** Keeps the plan; to be called once the operation is admitted. */
  readonly keepPlan?: (() => void) | undefined
}

export type Executor = (exchange: Exchange, args: ExecutionArgs) => Promise<Executed>

/** Executes validated operations: by their plan, or field by field where they have none. */
export function buildExecutor(settings: ExecutorSettings): Executor {
  const { bound, log } = settings
  const plans = settings.plans === false ? null : new Plans(bound, settings.mostFields, settings.isKept)
  prepareResolvers(bound)
  return async (exchange, args) => {
    const operation = getOperationAST(args.document, args.operationName)
    if (!operation) return refuse(new SluiceError('BAD_REQUEST', 'The document has no operation of that name, or several and no name is given.'))
    noteOperation(exchange, operation)
    const hidden = refuseIntrospection(args.document, exchange.identity, settings.introspection)
    if (hidden !== undefined) return refuse(hidden)
    const given = getVariableValues(bound.schema, operation.variableDefinitions ?? [], args.variableValues ?? {}, { maxErrors: 50 })
    if (given.errors !== undefined) return { errors: given.errors.map((error) => asRequestError(present(error, log))) }
    try {
      const { plan, keep: keepPlan } = plans?.find(args.document, operation, given.coerced) ?? { plan: null }
      const task: Task = { args, operation, variables: given.coerced, exchange, keepPlan }
      return await (plan === null || plan.introspects || plan.coded ? executeByResolvers(plan, task, settings) : executePlan(plan, task, settings))
    } catch (thrown) {
      if (thrown instanceof SluiceError) return refuse(thrown)
      throw thrown
    }
  }
}

const longestName = 100

function noteOperation({ record }: Exchange, { name, operation }: OperationDefinitionNode): void {
  record.fields['graphqlOperation'] = name === undefined ? operation : `${operation} ${name.value.slice(0, longestName)}`
}

/** Tells which services did not answer themselves, and what the client asked to have explained. */
export function extensionsOf({ fallbacks, trace }: Calls, explained: Readonly<Record<string, unknown>> = {}): Pick<ExecutionResult, 'extensions'> {
  const followed = trace === null ? {} : { trace: trace.calls, callsWithoutComposition: trace.withoutComposition }
  const sluice = { ...(fallbacks.length === 0 ? {} : { fallbacks }), ...followed, ...explained }
  return Object.keys(sluice).length === 0 ? {} : { extensions: { sluice } }
}
