import type { ExecutionResult } from 'graphql'
import { SluiceError } from '../../errors.ts'
import { refuse, refuseDenied, refuseLengths } from '../early.ts'
import type { ExecutorSettings, Task } from '../execute.ts'
import type { OutlinedField } from '../outline.ts'
import { callBound, costBound } from './bound.ts'
import { askedOf, givenOf, type Asked, type Given } from './given.ts'
import type { Plan } from './plan.ts'

/** An operation that may be executed. */
export interface Admitted {
  readonly given: Given
  /** The most calls that it can make. */
  readonly bound: number
}

type Limits = Pick<ExecutorSettings, 'calls' | 'cost'>

/** An operation with its variables, whoever asks for it. */
interface Measured {
  readonly asked: Asked
  readonly fields: readonly OutlinedField[]
  readonly bound: number
  /** Why nobody may have it. */
  readonly refused: ExecutionResult | undefined
}

/**
 * Evaluates what an operation could come to, and refuses what is beyond its limits before any call. Only an operation
 * that is admitted has its plan kept, or refused ones would crowd out the others' plans.
 */
export function admit(
  plan: Plan, { variables, exchange, keepPlan }: Task, settings: ExecutorSettings,
): Admitted | { readonly refused: ExecutionResult } {
  const { identity } = exchange
  const { asked, fields, bound, refused } = measured(plan, variables, settings)
  const refusal = refused ?? (plan.mutation ? refuseDenied(fields, identity, settings.calls.services) : undefined)
  if (refusal !== undefined) return { refused: refusal }
  keepPlan?.()
  return { given: givenOf(plan, asked, identity, settings.log), bound }
}

/** What was measured of plans that no variable makes a difference to; a gateway's plans have one set of limits. */
const known = new WeakMap<Plan, Measured>()

function measured(plan: Plan, variables: Task['variables'], limits: Limits): Measured {
  const before = known.get(plan)
  if (before !== undefined) return before
  const measure = measureOf(plan, variables, limits)
  if ((plan.operation.variableDefinitions ?? []).length === 0) known.set(plan, measure)
  return measure
}

function measureOf(plan: Plan, variables: Task['variables'], { calls: { most }, cost }: Limits): Measured {
  const asked = askedOf(plan, variables)
  const fields = outlined(plan, asked)
  const bound = callBound(plan, asked)
  const refused = refuseLengths(fields)
    ?? refuseCalls(bound, most)
    ?? (cost === undefined ? undefined : refuseCost(costBound(plan, asked), cost))
  return { asked, fields, bound, refused }
}

function outlined({ fields }: Plan, asked: Asked): OutlinedField[] {
  return fields.flatMap(({ index, binding, nodes: [node], path }) => {
    return node === undefined ? [] : [{ binding, node, path, arguments: asked.arguments[index] ?? null }]
  })
}

function refuseCalls(bound: number, most: number): ExecutionResult | undefined {
  if (bound <= most) return undefined
  const could = bound === Infinity ? 'any number of' : `up to ${bound}`
  const detail = `The operation could make ${could} calls to services; one operation may make ${most}. Ask for fewer fields or shorter lists.`
  return refuse(new SluiceError('OPERATION_TOO_LARGE', detail))
}

function refuseCost(cost: number, most: number): ExecutionResult | undefined {
  if (cost <= most) return undefined
  const could = cost === Infinity ? 'any amount' : `up to ${cost}`
  const detail = `The operation could cost ${could}; one operation may cost ${most}. Ask for fewer fields or shorter lists.`
  return refuse(new SluiceError('OPERATION_TOO_LARGE', detail))
}
