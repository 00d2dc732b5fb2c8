import { chainOf, coordinateOf, endpointOf, isRoot, makesCalls, type Batch, type FieldBinding } from './binding.ts'

/** Whether each row of a field has calls of its own. */
export function isUnbatched(field: FieldBinding): boolean {
  const { source, batch } = field
  if (source.kind === 'code') return source.code.max === null && makesCalls(field)
  if (source.kind === 'call') return batch === null
  return source.kind === 'target' && chainOf(field).every((each) => each.source.kind !== 'target' || each.source.target.keys === null)
}

/** What collects a field's keys; null where its rows are not collected. */
export function batchOf(field: FieldBinding): Batch | null {
  return isUnbatched(field) ? null : endpointOf(field).batch
}

/** What is wrong with a field's `@unbatched`, or undefined. */
export function misusedUnbatched(field: FieldBinding): string | undefined {
  if (field.unbatched === null) return undefined
  const name = coordinateOf(field)
  if (!makesCalls(field)) return `${name} makes no calls that @unbatched could bound; remove it`
  if (!isUnbatched(field)) return `${name} finds many at once already; remove @unbatched`
  return isRoot(field) ? `${name} is in no list; put @unbatched on the fields that take their value from it` : undefined
}
