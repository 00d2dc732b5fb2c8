import { getNamedType, isAbstractType, isLeafType } from 'graphql'
import { endpointOf, type Bound, type CallTemplate, type FieldBinding, type FieldSelection } from '../binding.ts'
import { queryOf } from '../contract/query.ts'
import { parseTemplate } from '../expression.ts'
import type { Naming } from '../naming.ts'
import type { CallNode, PlanField } from './plan.ts'

/** What calls add to their query, so that services answer only with what an operation needs. */
export type Selections = ReadonlyMap<CallTemplate, string>

/** Calls of one path, and what is read of them all; null where everything is. */
interface Selected {
  readonly templates: Set<CallTemplate>
  readonly select: FieldSelection
  paths: readonly Path[] | null
}

interface Parts {
  readonly nodes: readonly CallNode[]
  readonly fields: readonly PlanField[]
  readonly types: Bound['types']
}

type Path = readonly string[]

/** Finds the properties that an operation reads of its calls. Calls of one path select the same, so that equal ones stay equal. */
export function selectionsOf({ nodes, fields, types }: Parts): Selections {
  const selecting = nodes.flatMap((node) => {
    const end = endpointOf(node.field.binding)
    return end.source.kind === 'call' && end.source.call.select !== undefined && end.source.call.method === 'GET'
      ? [{ node, end, call: end.source.call, select: end.source.call.select }] : []
  })
  if (selecting.length === 0) return new Map()
  const below = Map.groupBy(fields, ({ parent }) => parent)
  const calls = new Map<string, Selected>()
  for (const { node, end, call, select } of selecting) {
    const name = JSON.stringify([call.service, call.text])
    const known = calls.get(name) ?? { templates: new Set(), select, paths: [] }
    calls.set(name, known)
    known.templates.add(call)
    const needed = canSelect(end, call) ? neededPaths(node, end, { fields: below.get(node) ?? [], types, naming: call.naming }) : null
    known.paths = needed === null || known.paths === null ? null : [...known.paths, ...needed]
  }
  return new Map([...calls.values()].flatMap(({ templates, select, paths }) => {
    const text = writeSelection(paths ?? [], select)
    return text === '' ? [] : [...templates].map((template) => [template, text] as const)
  }))
}

/** What is within an envelope can't be selected from outside, and a path may say itself what it selects. */
function canSelect(end: FieldBinding, { naming, text, select }: CallTemplate): boolean {
  if (end.from[naming].length > 0 || isLeafType(getNamedType(end.type))) return false
  return !queryOf(parseTemplate(text), naming).some(({ name }) => name === select?.parameter)
}

interface Below {
  /** What is read of the call's answer. */
  readonly fields: readonly PlanField[]
  readonly types: Bound['types']
  readonly naming: Naming
}

/** Paths, each once. */
class Paths {
  readonly #known = new Map<string, Path>()

  add(...paths: readonly Path[]): this {
    for (const path of paths) this.#known.set(nameOf(path), path)
    return this
  }

  get all(): readonly Path[] {
    return [...this.#known.values()]
  }
}

/** The paths in an item of a call's answer that its fields are read from, and what finds it. */
function neededPaths({ field }: CallNode, { batch }: FieldBinding, { fields, types, naming }: Below): readonly Path[] {
  const needed = new Paths()
  const objects = new Paths()
  // Types of one interface may read one name of the answer from several places.
  const places = new Map([[nameOf(field.path), new Paths().add([])]])
  const enter = ({ binding }: PlanField, within: readonly Path[]) => {
    const type = getNamedType(binding.type)
    const rule = isAbstractType(type) ? types.get(type.name) : undefined
    if (rule !== undefined) needed.add(...within.map((path) => [...path, ...rule.from[naming]]))
  }
  if (batch !== null) needed.add(batch.key.from[naming])
  enter(field, [[]])
  for (const each of fields) {
    const { binding, path } = each
    const within = places.get(nameOf(path.slice(0, -1)))?.all ?? []
    const at = (from: FieldBinding) => within.map((prefix) => [...prefix, ...from.from[naming]])
    if (binding.source.kind !== 'data') needed.add(...binding.reads.flatMap(at))
    else if (isLeafType(getNamedType(binding.type))) needed.add(...at(binding))
    else {
      objects.add(...at(binding))
      places.set(nameOf(path), (places.get(nameOf(path)) ?? new Paths()).add(...at(binding)))
      enter(each, at(binding))
    }
  }
  return withObjects(needed.all, objects.all)
}

/** An object of which nothing is read has to be there all the same. */
function withObjects(needed: readonly Path[], objects: readonly Path[]): readonly Path[] {
  const above = new Set([...needed, ...objects].flatMap((path) => path.map((_, length) => nameOf(path.slice(0, length)))))
  return [...needed, ...objects.filter((object) => !above.has(nameOf(object)))]
}

/** Steps have no dots. */
function nameOf(path: Path): string {
  return path.join('.')
}

function writeSelection(paths: readonly Path[], { parameter, style }: FieldSelection): string {
  const written = paths.map((path) => (style === 'dotted' ? path : path.slice(0, 1)).map(encodeURIComponent).join('.'))
  const names = [...new Set(written)].toSorted()
  const name = encodeURIComponent(parameter)
  if (names.length === 0) return ''
  return style === 'repeat' ? names.map((each) => `${name}=${each}`).join('&') : `${name}=${names.join(',')}`
}
