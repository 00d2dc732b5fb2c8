import type { ExecutionResult } from 'graphql'
import { SluiceError } from '../../errors.ts'
import { refuse, refuseDenied, refuseLengths } from '../early.ts'
import type { ExecutorSettings, Task } from '../execute.ts'
import type { OutlinedField } from '../outline.ts'
import { callBound, costBound } from './bound.ts'
import { givenOf, type Given } from './given.ts'
import type { Plan } from './plan.ts'

/** An operation that may be executed. */
export interface Admitted {
  readonly given: Given
  /** The most calls that it can make. */
  readonly bound: number
}

/** Evaluates what an operation could come to, and refuses what is beyond its limits before any call. */
export function admit(
  plan: Plan, { variables, exchange }: Task, settings: ExecutorSettings,
): Admitted | { readonly refused: ExecutionResult } {
  const { calls: { most, services }, cost, log } = settings
  const { identity } = exchange
  const given = givenOf(plan, variables, identity, log)
  const fields = outlined(plan, given)
  const bound = callBound(plan, given)
  const refused = refuseLengths(fields)
    ?? refuseCalls(bound, most)
    ?? (cost === undefined ? undefined : refuseCost(costBound(plan, given), cost))
    ?? (plan.mutation ? refuseDenied(fields, identity, services) : undefined)
  return refused === undefined ? { given, bound } : { refused }
}

function outlined({ fields }: Plan, given: Given): OutlinedField[] {
  return fields.flatMap(({ index, binding, nodes: [node], path }) => {
    return node === undefined ? [] : [{ binding, node, path, arguments: given.arguments[index] ?? null }]
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
