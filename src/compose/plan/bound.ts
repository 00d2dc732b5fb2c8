import { coordinateOf, type FieldBinding } from '../binding.ts'
import { exactText } from '../share/exact.ts'
import { batchOf } from '../unbatched.ts'
import type { Asked } from './given.ts'
import type { CallNode, Plan, PlanField, Rows } from './plan.ts'

/** The worst case of one call field. */
export interface NodeBound {
  readonly node: CallNode
  /** Rows that it can have. */
  readonly rows: number
  /** Calls that it can make, Infinity where a list has no size. */
  readonly calls: number
}

/** How long lists can be and how many keys are given, by field, null where nothing says so. */
export type Sizes = Pick<Asked, 'arguments' | 'longest' | 'keys'>

/**
 * The most calls that a plan can make, field by field: an unbatched field one for each row, or one where its rows
 * can't differ, and no more than its `@unbatched` allows; a batched one a call for each chunk of its keys.
 */
export function boundsOf({ nodes }: Plan, sizes: Sizes): NodeBound[] {
  const known = new Map<CallNode, number>()
  const left = new Map<FieldBinding, number>()
  return nodes.map((node) => {
    const { binding } = node.field
    const rows = rowsOf(node, known, sizes)
    known.set(node, rows)
    const most = left.get(binding) ?? binding.unbatched
    if (most === null) return { node, rows, calls: callsOf(node, rows, sizes) }
    const calls = callsOf(node, Math.min(rows, most), sizes)
    left.set(binding, most - Math.min(rows, most, calls))
    return { node, rows, calls }
  })
}

/** The most that a plan's fields can weigh together, each as often as it can stand in the answer. */
export function costBound(plan: Plan, sizes: Sizes): number {
  const known = new Map(boundsOf(plan, sizes).map(({ node, rows }) => [node, rows]))
  return plan.fields.reduce((sum, field) => {
    const { cost } = field.binding
    return cost === 0 ? sum : sum + times(rowsOf(field, known, sizes), cost)
  }, 0)
}

/** The worst case of the whole plan. Equal root fields of a query are one call, however often they are asked for. */
export function callBound(plan: Plan, sizes: Sizes): number {
  const known = new Set<string>()
  return boundsOf(plan, sizes).reduce((sum, { node: { parent, shares, field }, calls }) => {
    const name = parent === null && shares && !plan.mutation ? exactText([coordinateOf(field.binding), sizes.arguments[field.index]]) : undefined
    if (name !== undefined && known.has(name)) return sum
    if (name !== undefined) known.add(name)
    return sum + calls
  }, 0)
}

/** A call's entries are at most its parent's rows, and parents come first. */
function rowsOf({ parent, lists }: Rows, known: ReadonlyMap<CallNode, number>, sizes: Sizes): number {
  const above = parent === null ? 1 : known.get(parent) ?? 1
  return lists.reduce((count, list, index) => times(count, lengthOf(list, lists[index - 1], sizes)), above)
}

/** A field's bound is that of its outermost list; what is in that may be of any length. */
function lengthOf(list: PlanField, outer: PlanField | undefined, { longest }: Sizes): number {
  return list === outer ? Infinity : longest[list.index] ?? Infinity
}

/** Nothing stays nothing, even of lists that have no bound. */
function times(count: number, each: number): number {
  return count === 0 || each === 0 ? 0 : count * each
}

function callsOf(node: CallNode, rows: number, sizes: Sizes): number {
  const { binding, index } = node.field
  const batch = batchOf(binding)
  if (binding.source.kind === 'code') return times(Math.ceil(rows / (binding.source.code.max ?? 1)), binding.source.code.calls)
  if (batch === null) return node.shares && node.reads.length === 0 ? Math.min(1, rows) : rows
  const given = sizes.keys[index] ?? null
  const keys = given ?? keysOf(binding, sizes.longest[index] ?? null)
  if (variesByRow(binding)) return times(rows, Math.ceil(keys / batch.max))
  return Math.ceil((given ?? times(rows, keys)) / batch.max)
}

/** How many keys one row stands for. */
function keysOf({ source }: FieldBinding, longest: number | null): number {
  if (source.kind !== 'target') return 1
  const { keys, field } = source.target
  if (keys === null) return keysOf(field, longest)
  return keys === 'each' ? longest ?? Infinity : 1
}

/** Whether arguments other than the key depend on the row, so that rows may not share a call; `varying` ones do. */
function variesByRow({ source, batch }: FieldBinding, varying: ReadonlySet<string> = new Set()): boolean {
  if (source.kind !== 'target') return [...varying].some((name) => name !== batch?.arg)
  const { field, arguments: args } = source.target
  const names = Object.keys(args).filter((name) => args[name]?.references.some(({ root, path: [first = ''] }) => {
    return root === 'parent' || (root === 'argument' && varying.has(first))
  }))
  return variesByRow(field, new Set(names))
}
