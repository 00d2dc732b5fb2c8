import { locatedError, type GraphQLError } from 'graphql'
import { SluiceError } from '../../errors.ts'
import { Calls } from '../calls.ts'
import { charged } from '../charged.ts'
import { Answered, type Executed } from '../executed.ts'
import { extensionsOf, type ExecutorSettings, type Task } from '../execute.ts'
import { explanationFor } from '../explain.ts'
import { present } from '../graphql-error.ts'
import { Growth } from '../growth.ts'
import { cachePolicyOf, keptPolicy } from '../share/cache-policy.ts'
import { UnbatchedCalls } from '../unbatched-calls.ts'
import { admit } from './admit.ts'
import { describePlan } from './describe.ts'
import type { Given } from './given.ts'
import type { Plan } from './plan.ts'
import { outside, Run, type RunParts } from './run.ts'
import { writeMembers } from './member.ts'

/** A composed answer: its data as JSON, and its errors in the order of the document. */
export interface Composed {
  readonly data: string
  readonly errors: readonly GraphQLError[]
}

/** Executes an operation by its plan, if it may be and its worst case is within bounds. */
export async function executePlan(plan: Plan, task: Task, settings: ExecutorSettings): Promise<Executed> {
  const admitted = admit(plan, task, settings)
  if ('refused' in admitted) return admitted.refused
  const { given, bound } = admitted
  const { exchange } = task
  const explanation = explanationFor(exchange, settings.explain)
  const calls = new Calls(exchange, settings.calls, { share: !plan.mutation, reserved: 0, trace: explanation === 'trace', selections: plan.selections })
  const execute = async (signal = exchange.signal): Promise<Answered> => {
    const { identity } = exchange
    const parts = { calls, unbatched: new UnbatchedCalls(calls, !plan.mutation), growth: new Growth(settings.answer), identity, log: settings.log }
    const composed = await calls.during(signal, endsEarly(plan), (own) => runPlan(plan, given, { ...parts, signal: own }))
    return new Answered(composed, extensionsOf(calls, explanation === 'plan' ? { plan: describePlan(plan, given) } : {}).extensions)
  }
  // Whoever asks for an explanation is told of calls of its own.
  const shared = explanation === undefined ? settings.shared : undefined
  return charged(exchange, bound, calls, async () => {
    const answered = await (shared?.take(plan, given, task, execute) ?? execute())
    const whole = answered.errors.length === 0 && answered.extensions === undefined
    const policy = whole && settings.cache !== undefined ? cachePolicyOf(plan, exchange.identity, settings.cache) : undefined
    if (policy !== undefined) keptPolicy.set(exchange, policy)
    return answered
  })
}

/** Whether one root field can make the whole answer null while others still wait for their calls. */
function endsEarly({ mutation, nodes }: Plan): boolean {
  return !mutation && nodes.filter(({ parent }) => parent === null).length > 1
}

/** Throws where the client has left: its answer would only be errors, one for each place, and nobody reads them. */
function refuseGone({ aborted, reason }: AbortSignal): void {
  if (aborted && reason instanceof SluiceError && reason.code === 'CLIENT_GONE') throw reason
}

/** Runs a plan. The root fields of a mutation run one after the other, and a failed one that can't be null ends it. */
export async function runPlan(plan: Plan, given: Given, parts: RunParts): Promise<Composed> {
  const groups = plan.mutation ? plan.members.map((member) => [member]) : [plan.members]
  const errors: GraphQLError[] = []
  let data: string | undefined = ''
  for (const group of groups) {
    const run = new Run(plan, given, parts)
    await run.gather(group)
    refuseGone(parts.signal)
    const text = writeMembers(group, outside, run)
    for (const { thrown, nodes, path } of run.errors.noted) errors.push(present(locatedError(thrown, nodes, path.toReversed()), parts.log))
    data = text === undefined ? undefined : data === '' ? text : `${data},${text}`
    if (data === undefined) break
  }
  return { data: data === undefined ? 'null' : `{${data}}`, errors }
}
