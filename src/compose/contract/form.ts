import type { Variant } from './schema.ts'

/** The types that a value can have; null where nothing tells. */
export function kindsOf({ types, values, properties, items }: Variant): ReadonlySet<string> | null {
  if (types !== null) return types
  if (values !== null) return new Set(values.map(kindOf))
  return properties.size > 0 ? new Set(['object']) : items.length > 0 ? new Set(['array']) : null
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return typeof value === 'number' && Number.isInteger(value) ? 'integer' : typeof value
}

export function canBeNull({ types, nullable, values }: Variant): boolean {
  return nullable || (types === null ? values?.includes(null) === true : types.has('null') && values?.includes(null) !== false)
}

/** A form as it is where the value isn't null. */
export function withoutNull(form: Variant): Variant {
  const { types, values } = form
  if (!canBeNull(form)) return form
  return {
    ...form,
    nullable: false,
    types: types?.difference(new Set(['null'])) ?? null,
    values: values?.filter((value) => value !== null) ?? null,
  }
}

/** Whether an object can have properties that the contract doesn't name, or names none at all. */
export function isOpen({ open, properties }: Variant): boolean {
  return open || properties.size === 0
}

const leaves = ['string', 'integer', 'number', 'boolean']

/** The forms of the kind that a type asks for, which are those that were meant; all where there is none. */
export function meant(forms: readonly Variant[], type: 'list' | 'object' | 'leaf'): readonly Variant[] {
  const wanted = type === 'list' ? ['array'] : type === 'object' ? ['object'] : leaves
  const values = forms.map(withoutNull).filter((form) => kindsOf(form)?.size !== 0)
  const fitting = values.filter((form) => wanted.some((kind) => kindsOf(form)?.has(kind) !== false))
  return fitting.length === 0 ? values : fitting
}
