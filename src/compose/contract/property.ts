import type { MapNode, Node } from '../../config/node.ts'
import { canBeNull, isOpen, kindsOf, withoutNull } from './form.ts'
import { variantsOf, type Variant } from './schema.ts'

/** What a contract says of a path in an answer. */
export type Property =
  | 'unknown'
  | { readonly missing: string, readonly known: readonly string[], readonly node: Node | null }
  /** `optional`: the path, or something on the way, can be left out or null. */
  | { readonly forms: readonly Variant[], readonly optional: boolean }

/** Follows a path through objects of these forms. */
export function propertyAt(forms: readonly Variant[], path: readonly string[], root: MapNode): Property {
  let at = forms
  let optional = false
  for (const step of path) {
    optional ||= at.some(canBeNull)
    const objects = at.map(withoutNull).filter((form) => kindsOf(form)?.has('object') !== false)
    const having = objects.flatMap((form) => {
      const schema = form.properties.get(step)
      return schema === undefined ? [] : [{ schema, required: form.required.has(step) }]
    })
    if (objects.some((form) => isOpen(form) && !form.properties.has(step))) return 'unknown'
    if (having.length === 0) {
      return { missing: step, known: objects.flatMap(({ properties }) => [...properties.keys()]), node: at[0]?.node ?? null }
    }
    optional ||= having.every(({ required }) => !required)
    at = having.flatMap(({ schema }) => variantsOf(schema, root))
  }
  return { forms: at, optional }
}
