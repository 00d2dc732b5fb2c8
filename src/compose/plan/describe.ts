import { chainOf, coordinateOf, endpointOf } from '../binding.ts'
import type { CodeResolver } from '../code/resolver.ts'
import { batchOf } from '../unbatched.ts'
import { boundsOf, callBound, costBound, type NodeBound, type Sizes } from './bound.ts'
import type { CallNode, Plan } from './plan.ts'
import { sizeFormula, worstSizes } from './worst.ts'

/** What a plan does, for people and programs. */
export interface PlanDescription {
  /** `query MyOrders`, or `query` where it has no name. */
  readonly operation: string
  /** The most calls that it can make; null where nothing bounds them. */
  readonly calls: number | null
  /** The most that its fields can weigh together; null where nothing bounds them. */
  readonly cost: number | null
  readonly fields: readonly CallDescription[]
}

/** One field that calls. */
export interface CallDescription {
  /** Names in the answer, from the root. */
  readonly path: readonly string[]
  /** How many fields that call are above it. */
  readonly depth: number
  readonly service: string
  readonly call: string
  /** What items are matched by, and how many keys go with one call; null where each row makes its own. */
  readonly batch: { readonly key: string, readonly max: number } | null
  readonly calls: number | null
  /** How the number of calls comes about. */
  readonly formula: string
  /** Scopes that the field asks for, beyond what the service's access rules do. */
  readonly scopes: readonly string[]
}

/** Describes a plan without running it: whatever its variables are, unless `sizes` says what they make of it. */
export function describePlan(plan: Plan, sizes: Sizes = worstSizes(plan)): PlanDescription {
  const { operation, name } = plan.operation
  return {
    operation: name === undefined ? operation : `${operation} ${name.value}`,
    calls: finite(callBound(plan, sizes)),
    cost: finite(costBound(plan, sizes)),
    fields: boundsOf(plan, sizes).map(describeNode),
  }
}

function describeNode({ node, calls }: NodeBound): CallDescription {
  const end = endpointOf(node.field.binding)
  const batch = batchOf(node.field.binding)
  const call = end.source.kind === 'call' ? end.source.call : undefined
  return {
    path: node.field.path,
    depth: depthOf(node),
    service: call?.service ?? 'code',
    call: call === undefined ? coordinateOf(end) : `${call.method} ${call.text}`,
    batch: batch === null ? null : { key: batch.key.name, max: batch.max },
    calls: finite(calls),
    formula: formulaOf(node),
    scopes: [...new Set(chainOf(node.field.binding).flatMap(({ access }) => access.scopes ?? []))],
  }
}

function depthOf({ parent }: CallNode): number {
  return parent === null ? 0 : 1 + depthOf(parent)
}

/** Rows as a product of the sizes of the lists above, and of these the calls. */
function formulaOf(node: CallNode): string {
  const batch = batchOf(node.field.binding)
  const rows = callingRowsOf(node)
  if (node.field.binding.source.kind === 'code') return formulaOfCode(node.field.binding.source.code, rows)
  if (batch === null) return node.shares && node.reads.length === 0 ? '1' : rows.join(' × ') || '1'
  const { source, list } = node.field.binding
  const each = source.kind === 'target' && source.target.keys === 'each'
  const keys = each || (list !== null && node.parent === null) ? [...rows, sizeFormula(node.field)] : rows
  return keys.length === 0 ? '1' : `⌈${keys.join(' × ')} / ${batch.max}⌉`
}

function formulaOfCode({ calls, max }: CodeResolver, rows: readonly string[]): string {
  if (calls === 0) return '0'
  const runs = rows.length === 0 ? [] : [max === null ? rows.join(' × ') : `⌈${rows.join(' × ')} / ${max}⌉`]
  return [...runs, ...calls === 1 && runs.length > 0 ? [] : [String(calls)]].join(' × ')
}

/** The rows that may make calls. */
function callingRowsOf(node: CallNode): string[] {
  const rows = rowsOf(node)
  const { unbatched } = node.field.binding
  return unbatched === null || rows.length === 0 ? rows : [`min(${rows.join(' × ')}, ${unbatched})`]
}

function rowsOf({ parent, lists }: CallNode): string[] {
  return [...(parent === null ? [] : rowsOf(parent)), ...lists.map(sizeFormula)]
}

function finite(count: number): number | null {
  return Number.isFinite(count) ? count : null
}

/** A plan as a tree, one line a call. */
export function drawPlan({ operation, calls, cost, fields }: PlanDescription): string {
  const lines = fields.map(({ path, depth, service, call, batch, formula, scopes }) => {
    const keys = batch === null ? '' : `  by ${batch.key}, ${batch.max} a call`
    const asks = scopes.length === 0 ? '' : `  needs ${scopes.join(', ')}`
    const name = `${'  '.repeat(depth + 1)}${path.slice(-1).join('')}`
    return `${name.padEnd(24)} ${service.padEnd(10)} ${call}${keys}  calls: ${formula}${asks}`
  })
  return [`${operation}: ${calls === null ? 'any number of' : `at most ${calls}`} calls, cost ${cost ?? 'without bound'}`, ...lines].join('\n')
}
