import type { ExecutionResult, GraphQLError } from 'graphql'
import type { Composed } from './plan/execute.ts'
import { isObject } from './row.ts'

/** A composed answer with what is told beside it, as several clients may be given it. */
export class Answered implements Composed {
  readonly data: string
  readonly errors: readonly GraphQLError[]
  readonly extensions: NonNullable<ExecutionResult['extensions']> | undefined
  #text: string | undefined

  constructor({ data, errors }: Composed, extensions?: ExecutionResult['extensions']) {
    this.data = data
    this.errors = errors
    this.extensions = extensions
  }

  /** What JSON.stringify makes of the result, without its data being read and written again; made once for all clients. */
  get text(): string {
    return (this.#text ??= this.#write())
  }

  #write(): string {
    const told = this.errors.length === 0 ? '' : `,"errors":${JSON.stringify(this.errors)}`
    const beside = this.extensions === undefined ? '' : `,"extensions":${JSON.stringify(this.extensions)}`
    return `{"data":${this.data}${told}${beside}}`
  }
}

/** What became of an operation: an answer whose data is JSON already, or a result as graphql-js gives it. */
export type Executed = Answered | ExecutionResult

/** The result as graphql-js gives it, for those who take no text. */
export function resultOf(executed: Executed): ExecutionResult {
  if (!(executed instanceof Answered)) return executed
  const { data: text, errors, extensions } = executed
  const data: unknown = JSON.parse(text)
  return {
    data: isObject(data) ? { ...data } : null, ...(errors.length === 0 ? {} : { errors: [...errors] }),
    ...(extensions === undefined ? {} : { extensions }),
  }
}
