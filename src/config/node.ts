import type { Place } from './config.ts'
import { join, stepsOf } from './pointer.ts'
import type { Secret } from './substitute.ts'

/** What the YAML files say, with the place of everything. `origin` points to where it was written. */
export type Node = ScalarNode | ListNode | MapNode

interface Written {
  readonly place: Place
  readonly origin: string
}

export interface ScalarNode extends Written {
  readonly kind: 'scalar'
  readonly value: string | number | boolean | null
  /** How it was written, where the value came from the environment or a file and may be a secret. */
  readonly expression?: string
  /** What of it came from there. */
  readonly secrets?: readonly Secret[]
  /** The value could not be had; that was reported already. */
  readonly broken?: true
}

export interface ListNode extends Written {
  readonly kind: 'list'
  readonly items: readonly Node[]
}

export interface MapNode extends Written {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, Entry>
}

export interface Entry {
  /** Where the key stands. */
  readonly key: Place
  readonly node: Node
}

/** The values alone. */
export function dataOf(node: Node): unknown {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(dataOf)
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, dataOf(entry.node)]))
}

/** What a JSON pointer leads to from `root`. */
export function nodeAt(root: Node, pointer: string): Node | undefined {
  return stepsOf(pointer).reduce<Node | undefined>((node, step) => childOf(node, step), root)
}

/** The nearest thing at or above `pointer` that was written; `root` at last. */
export function nearest(root: Node, pointer: string): Node {
  for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    const node = nodeAt(root, at)
    if (node !== undefined) return node
  }
  return root
}

function childOf(node: Node | undefined, step: string): Node | undefined {
  if (node?.kind === 'map') return node.entries.get(step)?.node
  return node?.kind === 'list' ? node.items[Number(step)] : undefined
}

/** Every node at and below `node`, with its pointer. */
export function* walk(node: Node, pointer = ''): Generator<[string, Node]> {
  yield [pointer, node]
  if (node.kind === 'map') for (const [key, entry] of node.entries) yield* walk(entry.node, join(pointer, key))
  if (node.kind === 'list') for (const [index, item] of node.items.entries()) yield* walk(item, join(pointer, index))
}

/** `over` merged into `base` key by key: maps merge, lists and scalars replace. */
export function mergeNodes(base: Node | undefined, over: Node | undefined): Node | undefined {
  if (base?.kind !== 'map' || over?.kind !== 'map') return over ?? base
  const entries = new Map(base.entries)
  for (const [key, { key: place, node }] of over.entries) {
    entries.set(key, { key: place, node: mergeNodes(base.entries.get(key)?.node, node) ?? node })
  }
  return { ...over, entries }
}
