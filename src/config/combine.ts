import type { AnyPolicy } from '../policy.ts'
import type { Place } from './config.ts'
import { sharedKeys, topLevelKeys } from './document.ts'
import { mergeNodes, type Entry, type MapNode, type Node } from './node.ts'
import { join } from './pointer.ts'
import type { ConfigProblem } from './problem.ts'
import { definedTwice } from './source.ts'
import { suggest } from './suggest.ts'

/** Puts what the files say into one map. A name stands in one file only, and so does a key with a single value. */
export function combine(files: readonly MapNode[], root: Place): { root: MapNode; problems: ConfigProblem[] } {
  const problems: ConfigProblem[] = []
  const entries = new Map<string, Entry>()
  for (const [key, entry] of files.flatMap((file) => [...file.entries])) {
    const known = entries.get(key)
    if (!topLevelKeys.includes(key)) {
      problems.push({ ...entry.key, message: `unknown key "${key}"${suggest(key, topLevelKeys)}` })
    } else if (sharedKeys.includes(key)) {
      const { node, twice } = addNames(known?.node, entry.node)
      entries.set(key, { key: known?.key ?? entry.key, node })
      problems.push(...twice)
    } else if (known === undefined) entries.set(key, entry)
    else problems.push({ ...entry.key, message: definedTwice(join('', key), known.key) })
  }
  return { root: { kind: 'map', place: root, origin: '', entries }, problems }
}

/** A key with nothing below it is a map without entries. */
function addNames(known: Node | undefined, more: Node): { node: Node; twice: ConfigProblem[] } {
  const node: Node = more.kind === 'scalar' && more.value === null ? { ...more, kind: 'map', entries: new Map() } : more
  if (known === undefined) return { node, twice: [] }
  if (known.kind !== 'map') return { node: known, twice: [] }
  if (node.kind !== 'map') return { node, twice: [] }
  const entries = new Map(known.entries)
  const twice: ConfigProblem[] = []
  for (const [name, entry] of node.entries) {
    const first = entries.get(name)
    if (first === undefined) entries.set(name, entry)
    else twice.push({ ...entry.key, message: definedTwice(join(node.origin, name), first.key) })
  }
  return { node: { ...known, entries }, twice }
}

/** Merges `defaults` into every route, graphql and openapi, and adds `unmatched`: what they mean where no route matches. */
export function applyDefaults(root: MapNode, policies: readonly AnyPolicy[]): MapNode {
  const entries = new Map(root.entries)
  const defaults = entries.get('defaults')?.node
  const base = only(defaults, policies)
  const routes = entries.get('routes')
  if (routes?.node.kind === 'map') {
    const merged = [...routes.node.entries].map(([name, { key, node }]): [string, Entry] => [name, { key, node: merge(base, node) }])
    entries.set('routes', { key: routes.key, node: { ...routes.node, entries: new Map(merged) } })
  }
  for (const name of ['graphql', 'openapi']) {
    const entry = entries.get(name)
    if (entry !== undefined) entries.set(name, { key: entry.key, node: merge(base, entry.node) })
  }
  const unmatched = only(defaults, policies.filter((policy) => policy.unmatched === true))
  if (unmatched !== undefined) entries.set('unmatched', { key: unmatched.place, node: unmatched })
  return { ...root, entries }
}

function only(defaults: Node | undefined, policies: readonly AnyPolicy[]): MapNode | undefined {
  if (defaults?.kind !== 'map') return undefined
  const keys = new Set(policies.map(({ key }) => key))
  return { ...defaults, entries: new Map([...defaults.entries].filter(([key]) => keys.has(key))) }
}

function merge(base: MapNode | undefined, route: Node): Node {
  if (route.kind !== 'map') return route
  const merged = mergeNodes(base, route) ?? route
  if (merged.kind !== 'map') return merged
  const auth = merged.entries.get('auth')?.node
  if (auth?.kind !== 'scalar' || auth.value !== 'none') return merged
  return { ...merged, entries: new Map([...merged.entries].filter(([key]) => key !== 'auth')) }
}
