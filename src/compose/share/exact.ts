/**
 * JSON as text that is the same for equal values only; undefined where it would not be. Clients can write numbers that
 * become Infinity, which JSON would give as null.
 */
export function exactText(value: readonly unknown[]): string | undefined {
  const inexact: unknown[] = []
  const text = JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'number' && !Number.isFinite(item)) inexact.push(item)
    return item instanceof Set ? membersOf(item) : item
  })
  return inexact.length === 0 ? text : undefined
}

function membersOf(set: ReadonlySet<unknown>): unknown[] {
  return [...set].toSorted()
}
