import type { ExecutionResult, GraphQLError } from 'graphql'

/**
 * What is different in two answers to the same question, as sentences; `expected` is right. Of several errors that
 * make the same null, which one is told depends on the time in graphql-js: one has to be there, and those that both
 * tell have to be the same.
 */
export function differences(actual: ExecutionResult, expected: ExecutionResult): string[] {
  const [data, wanted] = [JSON.stringify(actual.data), JSON.stringify(expected.data)]
  if (data !== wanted) return [`the data is\n  ${data}\ninstead of\n  ${wanted}`]
  const [errors, others] = [errorsByNull(actual), errorsByNull(expected)]
  const found = [...new Set([...errors.keys(), ...others.keys()])].flatMap((place) => {
    const [here, there] = [errors.get(place) ?? nothing, others.get(place) ?? nothing]
    return compareErrors(here, there).map((difference) => `at ${place} ${difference}`)
  })
  const order = positionsOf(actual)
  if (order.every((position, index) => index === 0 || comparePositions(order[index - 1] ?? [], position) <= 0)) return found
  return [...found, `the errors are not in the order of the document: ${JSON.stringify(actual.errors?.map(({ path }) => path))}`]
}

/** Errors at a null of the answer: those of the field itself, and those below it by path. */
interface Errors {
  readonly exact: string[]
  readonly below: Map<string, string>
}

const nothing: Errors = { exact: [], below: new Map() }

function compareErrors(actual: Errors, expected: Errors): string[] {
  const [here, there] = [exactOf(actual), exactOf(expected)]
  const exact = here === there ? [] : [`the errors are\n    ${here}\n  instead of\n    ${there}`]
  const [count, others] = [actual.below.size, expected.below.size]
  const below = (count > 0) === (others > 0) ? [] : [`there are ${count} errors below instead of ${others}`]
  const changed = [...actual.below].flatMap(([path, text]) => {
    const other = expected.below.get(path) ?? text
    return other === text ? [] : [`the error below is\n    ${text}\n  instead of\n    ${other}`]
  })
  return [...exact, ...below, ...changed]
}

function exactOf({ exact }: Errors): string {
  return exact.toSorted().join('\n    ')
}

function errorsByNull({ data, errors = [] }: ExecutionResult): Map<string, Errors> {
  const places = new Map<string, Errors>()
  for (const error of errors) {
    const { place, exact } = placeOf(error, data)
    const known = places.get(place) ?? { exact: [], below: new Map<string, string>() }
    if (exact) known.exact.push(textOf(error))
    else known.below.set(JSON.stringify(error.path), textOf(error))
    places.set(place, known)
  }
  return places
}

function textOf({ message, path, extensions }: GraphQLError): string {
  return `${message} ${JSON.stringify(path)} ${JSON.stringify(Object.entries(extensions).toSorted())}`
}

/** The null that an error leads to; it leads to a value only if something is wrong. */
function placeOf({ path = [] }: GraphQLError, data: unknown): { place: string, exact: boolean } {
  let at = data
  for (const [index, step] of path.entries()) {
    if (at === null || at === undefined) return { place: JSON.stringify(path.slice(0, index)), exact: false }
    at = typeof at === 'object' ? Reflect.get(at, step) : undefined
  }
  return { place: `${JSON.stringify(path)}${at === null || at === undefined ? '' : ', which is not null,'}`, exact: true }
}

/** Where in the answer each error is: the place of every step among its siblings, down to the null. */
function positionsOf({ data, errors = [] }: ExecutionResult): number[][] {
  return errors.map(({ path = [] }) => {
    let at: unknown = data
    const positions: number[] = []
    for (const step of path) {
      if (typeof at !== 'object' || at === null) break
      positions.push(Object.keys(at).indexOf(String(step)))
      at = Reflect.get(at, step)
    }
    return positions
  })
}

function comparePositions(left: readonly number[], right: readonly number[]): number {
  const at = left.findIndex((position, index) => position !== right[index])
  return at === -1 || at >= right.length ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? 0)
}
