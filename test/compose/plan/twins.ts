import { getOperationAST, getVariableValues, GraphQLError, OperationTypeNode, type DocumentNode, type ExecutionResult } from 'graphql'
import { systemClock } from '../../../src/clock.ts'
import type { Bound } from '../../../src/compose/binding.ts'
import { resultOf } from '../../../src/compose/executed.ts'
import { buildExecutor, type Executor } from '../../../src/compose/execute.ts'
import { callBound } from '../../../src/compose/plan/bound.ts'
import { askedOf } from '../../../src/compose/plan/given.ts'
import { Plans } from '../../../src/compose/plan/plans.ts'
import type { Identity } from '../../../src/identity.ts'
import { ada, exchange, recordingServices, type Recorded, type Said } from '../fixture.ts'
import { readSelection, selected } from '../selected.ts'
import { differences } from './compare.ts'
import { Draws } from './draws.ts'
import { services } from './random-parts.ts'
import { keysOf, World, type WorldParts } from './random-world.ts'

const identity: Identity = { ...ada, claims: { lang: 'de', key: 'a' } }
const mostFields = 100_000

export interface Asked {
  readonly document: DocumentNode
  readonly variables: Readonly<Record<string, unknown>>
}

/** What an executor made of a question. */
interface Outcome {
  readonly result: ExecutionResult
  readonly calls: readonly Recorded[]
  /** Calls under Mutation that began while others were on their way. */
  readonly overlapping: readonly Recorded[]
  /** What is a mistake of the program, whatever the answer. */
  readonly logged: readonly string[]
}

function newOutcome() {
  return { calls: [] as Recorded[], overlapping: [] as Recorded[], logged: [] as string[], open: new Set<Recorded>() }
}

/** An executor, and services that say what the world says, in any order. */
class Twin {
  readonly #world: World
  readonly #bound: Bound
  readonly #execute: Executor
  readonly #waits: Draws
  #outcome = newOutcome()

  constructor(world: World, { bound, seed }: WorldParts, plans: boolean) {
    const log = { error: ({ err }: { err?: Error }) => void this.#outcome.logged.push(`it failed unexpectedly: ${err?.stack ?? ''}`) }
    const { services: recording } = recordingServices(Object.keys(services), (call) => this.#answer(call))
    const calls = { services: recording, most: Infinity, clock: systemClock }
    this.#world = world
    this.#bound = bound
    this.#execute = buildExecutor({ bound, calls, mostFields, resolver: 30_000, answer: 1e9, log, plans, isKept: () => true })
    this.#waits = new Draws(seed + (plans ? 1 : 2))
  }

  async ask({ document, variables }: Asked): Promise<Outcome> {
    const outcome = newOutcome()
    this.#outcome = outcome
    const args = { schema: this.#bound.schema, document, variableValues: variables }
    const result = await Promise.race([this.#execute(exchange({ identity }), args).then(resultOf).catch(asResult), quiet(outcome.open)])
    if (result === null) outcome.logged.push('it does not end')
    return { ...outcome, result: result ?? {} }
  }

  #answer(call: Recorded): Said {
    const { calls, overlapping, open } = this.#outcome
    const after = turns(this.#waits.below(4))
    calls.push(call)
    if (call.path.startsWith('/Mutation.') && open.size > 0) overlapping.push(call)
    open.add(call)
    void after.then(() => open.delete(call))
    const { path, names } = readSelection(call.path)
    const said = this.#world.answer({ ...call, path })
    return { ...said, ...said.json === undefined || said.status !== undefined ? {} : { json: selected(said.json, names) }, after }
  }
}

/** Operations that can't be executed at all have to be refused alike. */
function asResult(thrown: unknown): ExecutionResult {
  return { data: null, errors: [thrown instanceof GraphQLError ? thrown : new GraphQLError(String(thrown))] }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Waits until every call has been answered for so long that nothing can follow. */
async function quiet(open: ReadonlySet<unknown>): Promise<null> {
  for (let idle = 0; idle < 50; idle = open.size === 0 ? idle + 1 : 0) await turns(1)
  return null
}

/** The two ways of executing operations of one schema: by plans, and by graphql-js, which is right. */
export class Twins {
  /** What there was to be right about: calls of plans, and errors of graphql-js. */
  readonly count = { calls: 0, errors: 0 }
  readonly #world: World
  readonly #plan: Twin
  readonly #oracle: Twin
  readonly #bound: Bound
  readonly #plans: Plans

  constructor(parts: WorldParts) {
    this.#world = new World(parts)
    this.#plan = new Twin(this.#world, parts, true)
    this.#oracle = new Twin(this.#world, parts, false)
    this.#bound = parts.bound
    this.#plans = new Plans(parts.bound, mostFields)
  }

  /** How much has gone wrong in the services. */
  get injected(): number {
    return this.#world.injected
  }

  /** What is wrong with what a plan does. */
  async compare(asked: Asked): Promise<string[]> {
    const [{ result, calls, overlapping, logged }, expected] = [await this.#plan.ask(asked), await this.#oracle.ask(asked)]
    this.count.calls += calls.length
    this.count.errors += expected.result.errors?.length ?? 0
    const most = calls.length === 0 ? 0 : this.#boundOf(asked)
    return [
      ...differences(result, expected.result),
      ...calls.length <= most ? [] : [`${calls.length} calls were made, though the bound is ${most}`],
      ...keysAskedAgain(calls, this.#bound, asked.document),
      ...overlapping.map(({ path }) => `${path} was called before what is before it had ended`),
      ...logged, ...expected.logged,
    ]
  }

  /** How many calls the plan can make at most. */
  #boundOf({ document, variables }: Asked): number {
    const operation = getOperationAST(document)
    const { coerced } = operation ? getVariableValues(this.#bound.schema, operation.variableDefinitions ?? [], variables) : {}
    const { plan } = operation && coerced ? this.#plans.find(document, operation, coerced) : { plan: null }
    return plan === null || coerced === undefined ? 0 : callBound(plan, askedOf(plan, coerced))
  }
}

/** Keys that a root field was asked for twice, with the same other arguments. Root fields of a mutation ask anew. */
function keysAskedAgain(calls: readonly Recorded[], bound: Bound, document: DocumentNode): string[] {
  if (getOperationAST(document)?.operation === OperationTypeNode.MUTATION) return []
  const keys = calls.flatMap((call) => {
    const asked = keysOf(call, bound)
    return asked?.keys.map((key) => `${call.path.split('?')[0] ?? ''} ${key} ${asked.others}`) ?? []
  })
  return keys.filter((key, index) => keys.indexOf(key) < index).map((key) => `the key was asked for twice: ${key}`)
}
