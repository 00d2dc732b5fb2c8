import { nodeAt, type MapNode, type Node } from '../../config/node.ts'

/** What a map has under a key. */
export function entry(node: Node | undefined, key: string): Node | undefined {
  return node?.kind === 'map' ? node.entries.get(key)?.node : undefined
}

/** What a map has, by key. */
export function entriesOf(node: Node | undefined): (readonly [string, Node])[] {
  return node?.kind === 'map' ? [...node.entries].map(([key, { node: value }]) => [key, value] as const) : []
}

export function itemsOf(node: Node | undefined): readonly Node[] {
  return node?.kind === 'list' ? node.items : []
}

/** A scalar's value; null where there is none. */
export function valueOf(node: Node | undefined): string | number | boolean | null {
  return node?.kind === 'scalar' ? node.value : null
}

export function textOf(node: Node | undefined): string | undefined {
  const value = valueOf(node)
  return typeof value === 'string' ? value : undefined
}

/** The text of a `$ref`, if the node is a reference. */
export function referenceOf(node: Node | undefined): string | undefined {
  return textOf(entry(node, '$ref'))
}

/** A reference within the document is a JSON pointer as a URI fragment (RFC 6901 section 6). */
export function isLocal(reference: string): boolean {
  return reference === '#' || reference.startsWith('#/')
}

/** What a reference leads to; undefined where there is nothing, or it is in another document. */
export function targetOf(reference: string, root: MapNode): Node | undefined {
  if (!isLocal(reference)) return undefined
  try {
    return nodeAt(root, decodeURIComponent(reference.slice(1)))
  } catch {
    return undefined
  }
}

/** What is meant by a node that may be a reference, or a reference to one; undefined where that can't be told. */
export function follow(node: Node | undefined, root: MapNode): Node | undefined {
  const seen = new Set<Node>()
  let at = node
  for (let reference = referenceOf(at); at !== undefined && reference !== undefined; reference = referenceOf(at)) {
    if (seen.has(at)) return undefined
    seen.add(at)
    at = targetOf(reference, root)
  }
  return at
}
