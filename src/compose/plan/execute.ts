import { locatedError, type ExecutionResult, type GraphQLError } from 'graphql'
import { SluiceError } from '../../errors.ts'
import { Calls } from '../calls.ts'
import { refuse, refuseDenied, refuseLengths } from '../early.ts'
import { extensionsOf, type ExecutorSettings, type Task } from '../execute.ts'
import { explanationFor, type Explanation } from '../explain.ts'
import { present } from '../graphql-error.ts'
import type { OutlinedField } from '../outline.ts'
import { isObject } from '../row.ts'
import { callBound } from './bound.ts'
import { describePlan } from './describe.ts'
import { givenOf, type Given } from './given.ts'
import type { Plan } from './plan.ts'
import { outside, Run, type RunParts } from './run.ts'
import type { Member } from './shape.ts'

/** A composed answer: its data as JSON, and its errors in the order of the document. */
export interface Composed {
  readonly data: string
  readonly errors: readonly GraphQLError[]
}

/** Executes an operation by its plan, if it may be and its worst case is within bounds. */
export async function executePlan(
  plan: Plan, { variables, exchange }: Task, { calls: settings, log, explain }: ExecutorSettings,
): Promise<ExecutionResult> {
  const { identity } = exchange
  const given = givenOf(plan, variables, identity, log)
  const fields = outlined(plan, given)
  const refused = refuseLengths(fields) ?? refuseCalls(callBound(plan, given), settings.most)
    ?? (plan.mutation ? refuseDenied(fields, identity, settings.services) : undefined)
  if (refused !== undefined) return refused
  const explanation = explanationFor(exchange, explain)
  const calls = new Calls(exchange, settings, { share: !plan.mutation, reserved: 0, trace: explanation === 'trace' })
  const { data, errors } = await runPlan(plan, given, { calls, identity, log })
  calls.end()
  return { data: dataOf(data), ...(errors.length === 0 ? {} : { errors }), ...extensionsOf(calls, explained(explanation, plan, given, calls)) }
}

function explained(explanation: Explanation | undefined, plan: Plan, given: Given, calls: Calls): Record<string, unknown> {
  if (explanation === undefined) return {}
  return explanation === 'plan' ? { plan: describePlan(plan, given) } : { trace: calls.traced }
}

/** The data as graphql-js gives it, for those who take no text. */
function dataOf(text: string): Record<string, unknown> | null {
  const data: unknown = JSON.parse(text)
  return isObject(data) ? { ...data } : null
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

/** Runs a plan. The root fields of a mutation run one after the other, and a failed one that can't be null ends it. */
export async function runPlan(plan: Plan, given: Given, parts: RunParts): Promise<Composed> {
  const groups = plan.mutation ? plan.members.map((member) => [member]) : [plan.members]
  const errors: GraphQLError[] = []
  let data: string | undefined = ''
  for (const group of groups) {
    const run = new Run(plan, given, parts)
    await run.gather(group)
    const text = writeMembers(group, run)
    errors.push(...run.errors.noted.map(({ thrown, nodes, path }) => present(locatedError(thrown, nodes, path.toReversed()), parts.log)))
    data = text === undefined ? undefined : data === '' ? text : `${data},${text}`
    if (data === undefined) break
  }
  return { data: data === undefined ? 'null' : `{${data}}`, errors }
}

function writeMembers(members: readonly Member[], run: Run): string | undefined {
  let text = ''
  for (const member of members) {
    const before = run.errors.count
    const written = member.write(outside, run)
    if (run.errors.count > before) run.errors.below(before, member.key)
    if (written === undefined) return undefined
    text += text === '' ? member.label + written : `,${member.label}${written}`
  }
  return text
}
