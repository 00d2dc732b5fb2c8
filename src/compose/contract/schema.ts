import type { MapNode, Node } from '../../config/node.ts'
import { entriesOf, entry, itemsOf, referenceOf, targetOf, textOf, valueOf } from './read.ts'

/** Schemas that all hold of one value; none says nothing. */
export type Schema = readonly Node[]

/** One of the forms that a value can have, with everything merged that holds of it. */
export interface Variant {
  /** The same for the same pieces of the document. */
  readonly key: string
  readonly node: Node | null
  /** Null where nothing says so. */
  readonly types: ReadonlySet<string> | null
  /** OpenAPI 3.0 says it besides the type. */
  readonly nullable: boolean
  readonly format: string | null
  readonly values: readonly unknown[] | null
  readonly properties: ReadonlyMap<string, Schema>
  readonly required: ReadonlySet<string>
  /** Whether there can be more properties than these. */
  readonly open: boolean
  readonly items: Schema
  readonly maxItems: number | null
}

const silent: Variant = {
  key: '', node: null, types: null, nullable: false, format: null, values: null, properties: new Map(), required: new Set(), open: false, items: [],
  maxItems: null,
}
const anything: Variant = { ...silent, key: 'anything', open: true }

/** More forms than these are as good as any form. */
const most = 64

/** The forms that a value of the schemas can have: `oneOf` and `anyOf` spread out, `$ref` and `allOf` merged in. */
export function variantsOf(schema: Schema, root: MapNode): readonly Variant[] {
  return schema.map((node) => spread(node, root, [])).reduce(merge, [silent])
}

function spread(node: Node, root: MapNode, above: readonly Node[]): readonly Variant[] {
  if (node.kind !== 'map' || above.includes(node)) return [anything]
  const below = (part: Node) => spread(part, root, [...above, node])
  const reference = referenceOf(node)
  const target = reference === undefined ? undefined : targetOf(reference, root)
  const parts: (readonly Variant[])[] = [[ownVariant(node)]]
  if (reference !== undefined) parts.push(target === undefined ? [anything] : below(target))
  for (const part of itemsOf(entry(node, 'allOf'))) parts.push(below(part))
  for (const key of ['oneOf', 'anyOf']) {
    const members = itemsOf(entry(node, key))
    if (members.length > 0) parts.push(members.flatMap(below))
  }
  return parts.reduce(merge, [silent])
}

/** Keywords by which an object can have properties that no list of them has. */
const opening = ['patternProperties', 'if', 'dependentSchemas', '$dynamicRef']

function ownVariant(node: MapNode): Variant {
  const open = ['additionalProperties', 'unevaluatedProperties'].some((key) => (entry(node, key) ?? null) !== null && valueOf(entry(node, key)) !== false)
  const constant = entry(node, 'const')
  const values = entry(node, 'enum')
  const items = entry(node, 'items')
  const maxItems = valueOf(entry(node, 'maxItems'))
  return {
    key: node.origin,
    node,
    types: typesOf(entry(node, 'type')),
    nullable: valueOf(entry(node, 'nullable')) === true,
    format: textOf(entry(node, 'format')) ?? null,
    values: values !== undefined ? itemsOf(values).map(valueOf) : constant?.kind === 'scalar' ? [constant.value] : null,
    properties: new Map(entriesOf(entry(node, 'properties')).map(([name, schema]) => [name, [schema]])),
    required: new Set(itemsOf(entry(node, 'required')).flatMap((name) => textOf(name) ?? [])),
    open: open || opening.some((key) => entry(node, key) !== undefined),
    items: items === undefined || entry(node, 'prefixItems') !== undefined ? [] : [items],
    maxItems: typeof maxItems === 'number' ? maxItems : null,
  }
}

function typesOf(node: Node | undefined): ReadonlySet<string> | null {
  const names = [...itemsOf(node), node].flatMap((item) => textOf(item) ?? (item?.kind === 'scalar' && item.value === null ? 'null' : []))
  return names.length === 0 ? null : new Set(names)
}

/** Every form of one part with every form of the other; what contradicts itself is left out. */
function merge(some: readonly Variant[], others: readonly Variant[]): readonly Variant[] {
  if (some.length * others.length > most) return [anything]
  const merged = some.flatMap((one) => others.map((other) => join(one, other)))
  const possible = merged.filter(({ types }) => types === null || types.size > 0)
  return possible.length === 0 ? [anything] : possible
}

function join(a: Variant, b: Variant): Variant {
  const names = new Set([...a.properties.keys(), ...b.properties.keys()])
  return {
    key: a.key === '' ? b.key : `${a.key} ${b.key}`,
    node: b.node ?? a.node,
    types: a.types === null || b.types === null ? a.types ?? b.types : commonTypes(a.types, b.types),
    nullable: a.nullable || b.nullable,
    format: a.format ?? b.format,
    values: a.values === null || b.values === null ? a.values ?? b.values : a.values.filter((value) => b.values?.includes(value)),
    properties: new Map([...names].map((name) => [name, [...a.properties.get(name) ?? [], ...b.properties.get(name) ?? []]])),
    required: a.required.union(b.required),
    open: a.open || b.open,
    items: [...a.items, ...b.items],
    maxItems: a.maxItems === null || b.maxItems === null ? a.maxItems ?? b.maxItems : Math.min(a.maxItems, b.maxItems),
  }
}

/** Every integer is a number. */
function commonTypes(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  const common = a.intersection(b)
  return a.has('number') && b.has('integer') || a.has('integer') && b.has('number') ? common.union(new Set(['integer'])) : common
}
