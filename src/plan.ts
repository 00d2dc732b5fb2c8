import { readFileSync } from 'node:fs'
import { GraphQLError, Kind, parse, Source, validate, visit, type DocumentNode, type OperationDefinitionNode } from 'graphql'
import type { Bound } from './compose/binding.ts'
import { describePlan, drawPlan, type PlanDescription } from './compose/plan/describe.ts'
import { Plans } from './compose/plan/plans.ts'
import { SluiceError } from './errors.ts'
import { formatProblem } from './config/load.ts'
import type { OperationSettings } from './config/schema.ts'
import { readBlueprint } from './provision.ts'
import type { Runtime } from './runtime.ts'

/** What was found out about one file of operations. */
interface Planned {
  readonly file: string
  readonly plans: readonly PlanDescription[]
  readonly errors: readonly string[]
}

/** Largest number of fields of one plan. */
const mostFields = 100_000

/**
 * Prints what operations will call, and how often at most, without calling anything. Gives the exit code: 0 where all
 * of them can be executed within `operations.calls` and `operations.cost`, 1 where one can't.
 */
export async function plan(dir: string, files: readonly string[], env: Runtime['env'], json: boolean): Promise<number> {
  const checked = await readBlueprint(dir, env)
  if ('problems' in checked) {
    for (const problem of checked.problems) console.error(formatProblem(problem))
    return 1
  }
  const { bound, config } = checked.blueprint
  if (bound === null || config.graphql === null) {
    console.error('the config has no graphql, so there is nothing to plan')
    return 1
  }
  const { operations } = config.graphql
  const planned = files.map((file) => planFile(file, bound))
  if (json) console.log(JSON.stringify(planned))
  else for (const each of planned) tell(each, operations)
  const tooMuch = planned.some(({ plans }) => plans.some((each) => refusalsOf(each, operations).length > 0))
  return tooMuch || planned.some(({ errors }) => errors.length > 0) ? 1 : 0
}

function planFile(file: string, bound: Bound): Planned {
  try {
    const document = parse(new Source(readFileSync(file, 'utf8'), file))
    const errors = validate(bound.schema, document)
    if (errors.length > 0) return { file, plans: [], errors: errors.map((error) => placed(file, error)) }
    return { file, errors: [], plans: describeAll(withEverything(document), bound) }
  } catch (thrown) {
    if (thrown instanceof GraphQLError) return { file, plans: [], errors: [placed(file, thrown)] }
    if (thrown instanceof SluiceError) return { file, plans: [], errors: [`${file}: ${thrown.message}`] }
    if (thrown instanceof Error && 'code' in thrown) return { file, plans: [], errors: [`${file}: the file can't be read`] }
    throw thrown
  }
}

function describeAll(document: DocumentNode, bound: Bound): PlanDescription[] {
  const plans = new Plans(bound, mostFields)
  const operations = document.definitions.filter((each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION)
  return operations.flatMap((operation) => {
    const { plan } = plans.find(document, operation, {})
    return plan === null ? [] : [describePlan(plan)]
  })
}

/** The worst case leaves nothing out: @skip and @include go by variables, which have no values here. */
function withEverything(document: DocumentNode): DocumentNode {
  return visit(document, {
    [Kind.DIRECTIVE]: ({ name }) => name.value === 'skip' || name.value === 'include' ? null : undefined,
  })
}

function placed(file: string, { message, locations }: GraphQLError): string {
  const [place] = locations ?? []
  return place === undefined ? `${file}: ${message}` : `${file}:${place.line}:${place.column}: ${message}`
}

function tell({ plans, errors }: Planned, operations: OperationSettings): void {
  for (const error of errors) console.error(error)
  for (const each of plans) {
    console.log(drawPlan(each))
    for (const refusal of refusalsOf(each, operations)) console.log(`  refused: ${refusal}`)
  }
}

function refusalsOf({ calls, cost }: PlanDescription, most: OperationSettings): string[] {
  return [
    ...calls === null || calls > most.calls ? [`one operation may make ${most.calls} calls`] : [],
    ...most.cost !== undefined && (cost === null || cost > most.cost) ? [`one operation may cost ${most.cost}`] : [],
  ]
}
