import { getNamedType, getNullableType, isListType, type ASTNode } from 'graphql'
import { suggest } from '../config/suggest.ts'
import type { KeyMode, Literal, Target } from './binding.ts'
import type { Draft, DraftedField } from './bind.ts'
import { entityOf } from './directives/entity.ts'
import { objectTypeOf } from './site.ts'

type Drafted = ReadonlyMap<string, DraftedField>

/** Links a field that takes its value from a root field to that field. */
export function linkTarget(field: DraftedField, drafted: Drafted): void {
  const { parts, draft, site } = field
  const target = parts.lookup !== undefined ? lookupTarget(field, parts.lookup.key, drafted)
    : parts.resolve !== undefined ? resolveTarget(field, drafted) : undefined
  if (target === undefined) return
  draft.source = { kind: 'target', target }
  if (parts.map !== undefined) site.report(site.field.astNode?.name, '@map has nothing to read here; the root field reads the answer')
}

function lookupTarget(field: DraftedField, key: Literal, drafted: Drafted): Target | undefined {
  const { site } = field
  const type = objectTypeOf(site)
  const entity = type === undefined ? undefined : entityOf(type)
  if (type === undefined || entity === undefined) return undefined
  const name = entity.text('key')
  if (!Object.hasOwn(type.getFields(), name)) {
    site.report(entity.node('key'), `${type.name} has no field "${name}"${suggest(name, Object.keys(type.getFields()))}`)
    return undefined
  }
  const query = entity.text('query')
  const root = rootField(query, entity.node('query'), field, drafted)
  if (root === undefined) return undefined
  const args = root.site.field.args
  const arg = root.parts.batch?.arg ?? args.find((each) => each.name === name)?.name
  if (arg === undefined) {
    site.report(entity.node('query'), `Query.${query} can't find by "${name}"; give it @batch or an argument "${name}"`)
    return undefined
  }
  const keys = modeOf(root.draft, key, field)
  if (keys === 'many') site.report(site.field.astNode?.type, 'one key finds one object; use @resolve for a list by one key')
  return { field: root.draft, arguments: { [arg]: key }, keys }
}

function resolveTarget(field: DraftedField, drafted: Drafted): Target | undefined {
  const { resolve } = field.parts
  if (resolve === undefined) return undefined
  const root = rootField(resolve.query, resolve.node, field, drafted)
  if (root === undefined) return undefined
  const { batch } = root.parts
  const key = batch === undefined ? undefined : resolve.args[batch.arg]
  return { field: root.draft, arguments: resolve.args, keys: modeOf(root.draft, key, field) }
}

function rootField(query: string, node: ASTNode | undefined, field: DraftedField, drafted: Drafted): DraftedField | undefined {
  const root = drafted.get(`Query.${query}`)
  if (root === undefined) {
    const known = [...drafted.keys()].flatMap((name) => name.startsWith('Query.') ? [name.slice('Query.'.length)] : [])
    field.site.report(node, `Query has no field "${query}"${suggest(query, known)}`)
    return undefined
  }
  if (root.draft.source.kind === 'code') {
    field.site.report(node, `Query.${query} has a resolver in code, and only calls can be taken over; let ${field.draft.parent}.${field.draft.name} have one, too`)
    return undefined
  }
  const [wanted, given] = [getNamedType(field.draft.type), getNamedType(root.draft.type)]
  if (wanted === given) return root
  field.site.report(node, `Query.${query} gives ${given.name}, but ${field.draft.parent}.${field.draft.name} is ${wanted.name}`)
  return undefined
}

/** What the field makes of the keys; null where the root field takes no keys in batches. */
function modeOf(root: Draft, key: Literal | undefined, { draft, site }: DraftedField): KeyMode | null {
  const list = isListType(getNullableType(draft.type))
  if (root.batch === null || key === undefined) {
    if (root.batch !== null || list === isListType(getNullableType(root.type))) return null
    site.report(site.field.astNode?.type, `Query.${root.name} gives ${String(root.type)}, but this is ${String(draft.type)}`)
    return null
  }
  if (!key.list) return list ? 'many' : 'one'
  if (!list) site.report(site.field.astNode?.type, 'a list of keys gives a list of objects, but the field is a single one')
  return 'each'
}
