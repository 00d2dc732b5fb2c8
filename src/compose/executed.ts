import type { ExecutionResult } from 'graphql'
import { isObject } from './row.ts'
import type { Answered } from './share/shared-operations.ts'

/** What became of an operation: an answer whose data is JSON already, or a result as graphql-js gives it. */
export type Executed = Answered | ExecutionResult

export function isAnswered(executed: Executed): executed is Answered {
  return typeof executed.data === 'string'
}

/** The result as graphql-js gives it, for those who take no text. */
export function resultOf(executed: Executed): ExecutionResult {
  if (!isAnswered(executed)) return executed
  const { data: text, errors, ...beside } = executed
  const data: unknown = JSON.parse(text)
  return { data: isObject(data) ? { ...data } : null, ...(errors.length === 0 ? {} : { errors: [...errors] }), ...beside }
}

/** The same as text: what JSON.stringify makes of the result, without its data being read and written again. */
export function writeAnswered({ data, errors, extensions }: Answered): string {
  const told = errors.length === 0 ? '' : `,"errors":${JSON.stringify(errors)}`
  const beside = extensions === undefined ? '' : `,"extensions":${JSON.stringify(extensions)}`
  return `{"data":${data}${told}${beside}}`
}
