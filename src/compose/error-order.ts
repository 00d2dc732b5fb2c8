import type { GraphQLError } from 'graphql'

/** Errors in the order of the document, whatever order the answers came in: `data` has its fields in that order. */
export function sortErrors(errors: readonly GraphQLError[], data: unknown): GraphQLError[] {
  return errors.length < 2 ? [...errors] : errors.toSorted((a, b) => compare(a, b, data))
}

function compare(a: GraphQLError, b: GraphQLError, data: unknown): number {
  const [left, right] = [a.path ?? [], b.path ?? []]
  let at = data
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const [one, other] = [left[index], right[index]]
    if (one === other) {
      at = stepInto(at, one)
    } else if (typeof one === 'number' && typeof other === 'number') {
      return one - other
    } else {
      return order(at, one, other) ?? locationOf(a) - locationOf(b)
    }
  }
  return left.length - right.length
}

function stepInto(value: unknown, key: string | number | undefined): unknown {
  return typeof value === 'object' && value !== null && key !== undefined ? Reflect.get(value, key) : undefined
}

function order(value: unknown, one: string | number | undefined, other: string | number | undefined): number | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const keys = Object.keys(value)
  const [left, right] = [keys.indexOf(String(one)), keys.indexOf(String(other))]
  return left === -1 || right === -1 ? undefined : left - right
}

function locationOf({ positions }: GraphQLError): number {
  return positions?.[0] ?? 0
}
