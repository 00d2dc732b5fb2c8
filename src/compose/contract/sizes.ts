import { getNamedType, getNullableType, isCompositeType, isListType, type GraphQLOutputType } from 'graphql'
import { coordinateOf, makesCalls, type FieldBinding } from '../binding.ts'
import type { Draft } from '../bind.ts'
import { findTypesAbove, possibleTypes } from '../call-graph.ts'
import { parseTemplate } from '../expression.ts'
import type { Naming } from '../naming.ts'
import { dataFields, type Declared } from './declared.ts'
import type { Contract } from './document.ts'
import { answerOf, findOperation } from './operation.ts'
import { propertyAt } from './property.ts'
import { variantsOf, type Variant } from './schema.ts'

/** Gives lists above calls the bound that contracts have for them (`maxItems`), where the schema says none. */
export function linkSizes(drafts: readonly Draft[], declared: Declared, contracts: ReadonlyMap<string, Contract>): void {
  if (contracts.size === 0) return
  const sizes = new Sizes(declared)
  for (const draft of drafts) {
    if (draft.source.kind === 'call') sizes.visitCall(draft, contracts)
    else if (draft.source.kind === 'code') sizes.visit(draft, null)
  }
  const above = findTypesAbove(declared.schema, declared.fields, (field) => makesCalls(field) || field.cost > 0)
  for (const draft of drafts) {
    const bare = draft.list === null && draft.batch === null && above.has(getNamedType(draft.type).name)
    const max = bare ? sizes.of(draft) : null
    if (max !== null) draft.list = { max, by: null }
  }
}

/** The forms that a value can have, and whose they are; null where no contract says. */
type Known = { readonly forms: readonly Variant[], readonly contract: Contract, readonly naming: Naming } | null

class Sizes {
  readonly #declared: Declared
  /** The longest that each list can be wherever it is; null where it has no bound somewhere. */
  readonly #longest = new Map<string, number | null>()
  readonly #seen = new Set<string>()

  constructor(declared: Declared) {
    this.#declared = declared
  }

  /** The most items of a field's list, or null. */
  of(field: FieldBinding): number | null {
    const passed = new Set<FieldBinding>()
    let from = field
    while (from.source.kind === 'target' && from.source.target.keys === null && !passed.has(from)) {
      passed.add(from)
      from = from.source.target.field
    }
    return from.batch === null && from.source.kind !== 'target' ? this.#longest.get(coordinateOf(from)) ?? null : null
  }

  visitCall(field: FieldBinding, contracts: ReadonlyMap<string, Contract>): void {
    if (field.source.kind !== 'call') return
    const { service, method, text, naming } = field.source.call
    const contract = contracts.get(service)
    const operation = contract === undefined ? undefined : findOperation(contract, method, parseTemplate(text))
    const answer = contract === undefined || typeof operation !== 'object' ? 'unknown' : answerOf(operation, contract)
    const known = contract === undefined || typeof answer === 'string' ? null : { forms: variantsOf(answer, contract.root), contract, naming }
    this.visit(field, known)
  }

  /** Notes how long a field's list can be where it is read in these forms, and goes on below. */
  visit(field: FieldBinding, within: Known): void {
    if (!isCompositeType(getNamedType(field.type))) return
    const property = within === null ? 'unknown' : propertyAt(within.forms, field.from[within.naming], within.contract.root)
    const known = within === null || property === 'unknown' || 'missing' in property ? null : { ...within, forms: property.forms }
    if (isList(field.type)) this.#note(field, known)
    const items = known === null ? null : { ...known, forms: itemsOf(field.type, known.forms, known.contract) }
    for (const type of possibleTypes(field, this.#declared.schema)) this.#members(type, items)
  }

  #note(field: FieldBinding, known: Known): void {
    const name = coordinateOf(field)
    const before = this.#longest.get(name)
    const longest = known === null || known.forms.length === 0 ? Infinity : Math.max(...known.forms.map(({ maxItems }) => maxItems ?? Infinity))
    this.#longest.set(name, before === null || longest === Infinity ? null : Math.max(before ?? 0, longest))
  }

  #members(type: string, known: Known): void {
    const key = `${type} ${known === null ? '' : `${known.contract.service} ${known.forms.map((form) => form.key).join('|')}`}`
    if (this.#seen.has(key)) return
    this.#seen.add(key)
    for (const field of dataFields(this.#declared, type)) this.visit(field, known)
  }
}

function isList(type: GraphQLOutputType): boolean {
  return isListType(getNullableType(type))
}

/** The forms of a list's items; of nested lists, those of the innermost. */
function itemsOf(type: GraphQLOutputType, forms: readonly Variant[], contract: Contract): readonly Variant[] {
  const bare = getNullableType(type)
  if (!isListType(bare)) return forms
  return itemsOf(bare.ofType, forms.flatMap(({ items }) => variantsOf(items, contract.root)), contract)
}
