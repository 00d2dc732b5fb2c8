import {
  Kind, type ConstDirectiveNode, type DefinitionNode, type DocumentNode, type EnumTypeDefinitionNode,
  type FieldDefinitionNode, type InputObjectTypeDefinitionNode, type InterfaceTypeDefinitionNode, type NamedTypeNode,
  type NameNode, type ObjectTypeDefinitionNode, type UnionTypeDefinitionNode,
} from 'graphql'
import { placeOfNode, writePlace, type Report } from './problem.ts'

type Mergeable = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode | InputObjectTypeDefinitionNode
  | EnumTypeDefinitionNode | UnionTypeDefinitionNode

/** Extensions count as definitions: a type is the sum of all that is written of it. */
const kinds: Readonly<Record<string, Mergeable['kind']>> = {
  [Kind.OBJECT_TYPE_EXTENSION]: Kind.OBJECT_TYPE_DEFINITION,
  [Kind.INTERFACE_TYPE_EXTENSION]: Kind.INTERFACE_TYPE_DEFINITION,
  [Kind.INPUT_OBJECT_TYPE_EXTENSION]: Kind.INPUT_OBJECT_TYPE_DEFINITION,
  [Kind.ENUM_TYPE_EXTENSION]: Kind.ENUM_TYPE_DEFINITION,
  [Kind.UNION_TYPE_EXTENSION]: Kind.UNION_TYPE_DEFINITION,
}

/** Merges the type definitions of several documents. A member defined twice is reported with both places. */
export function mergeDocuments(documents: readonly DocumentNode[], report: Report): DocumentNode {
  const merged = new Map<string, Mergeable>()
  const others: DefinitionNode[] = []
  for (const definition of documents.flatMap((document) => document.definitions)) {
    const known = asDefinition(definition)
    if (known === undefined) {
      others.push(definition)
      continue
    }
    const key = `${known.kind} ${known.name.value}`
    const before = merged.get(key)
    merged.set(key, before === undefined ? mergePair(empty(known), known, report) : mergePair(before, known, report))
  }
  return { kind: Kind.DOCUMENT, definitions: [...merged.values(), ...others] }
}

function asDefinition(node: DefinitionNode): Mergeable | undefined {
  const kind = kinds[node.kind]
  const definition = kind === undefined ? node : { ...node, kind }
  return isMergeable(definition) ? definition : undefined
}

function isMergeable(node: { readonly kind: string }): node is Mergeable {
  return Object.values<string>(kinds).includes(node.kind)
}

/** A definition of the same name without members, so that repetitions within one definition are found as well. */
function empty(node: Mergeable): Mergeable {
  switch (node.kind) {
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_DEFINITION: return { ...node, fields: [], interfaces: [], directives: [] }
    case Kind.INPUT_OBJECT_TYPE_DEFINITION: return { ...node, fields: [], directives: [] }
    case Kind.ENUM_TYPE_DEFINITION: return { ...node, values: [], directives: [] }
    case Kind.UNION_TYPE_DEFINITION: return { ...node, types: [], directives: [] }
  }
}

function mergePair(into: Mergeable, from: Mergeable, report: Report): Mergeable {
  const type = into.name.value
  const join = <T extends { readonly name: NameNode }>(before: readonly T[] = [], after: readonly T[] = []): T[] => {
    return joinMembers(before, after, (node, other) => {
      report(node.name, `${type}.${node.name.value} is defined twice; the other one is at ${writePlace(placeOfNode(other.name))}`)
    })
  }
  const shared = {
    ...(into.description ?? from.description) === undefined ? {} : { description: into.description ?? from.description },
    directives: joinQuietly<ConstDirectiveNode>(into.directives, from.directives),
  }
  if ('interfaces' in into && 'interfaces' in from) {
    const fields = join<FieldDefinitionNode>(into.fields, from.fields)
    return { ...into, ...shared, fields, interfaces: joinQuietly<NamedTypeNode>(into.interfaces, from.interfaces) }
  }
  if (into.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION && from.kind === into.kind) {
    return { ...into, ...shared, fields: join(into.fields, from.fields) }
  }
  if (into.kind === Kind.ENUM_TYPE_DEFINITION && from.kind === into.kind) {
    return { ...into, ...shared, values: join(into.values, from.values) }
  }
  if (into.kind === Kind.UNION_TYPE_DEFINITION && from.kind === into.kind) {
    return { ...into, ...shared, types: joinQuietly<NamedTypeNode>(into.types, from.types) }
  }
  return into
}

function joinMembers<T extends { readonly name: NameNode }>(
  before: readonly T[], after: readonly T[], twice: (node: T, other: T) => void,
): T[] {
  const members = new Map(before.map((node) => [node.name.value, node]))
  for (const node of after) {
    const other = members.get(node.name.value)
    if (other === undefined) members.set(node.name.value, node)
    else twice(node, other)
  }
  return [...members.values()]
}

/** Joins what may be repeated without harm. */
function joinQuietly<T extends { readonly name: NameNode }>(before: readonly T[] = [], after: readonly T[] = []): T[] {
  return joinMembers(before, after, () => undefined)
}
