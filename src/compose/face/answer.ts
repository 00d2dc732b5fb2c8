import type { GraphQLError } from 'graphql'
import { errorTable, isErrorCode, SluiceError, type Answer, type ErrorCode } from '../../errors.ts'
import { Answered, type Executed } from '../executed.ts'
import { valueAt } from '../row.ts'
import type { Face } from './face.ts'

/** What a face answers with: the data as it is where it is whole, and a problem that says what is missing where it isn't. */
export function answerOf({ root, mutation, partial }: Face, executed: Executed): Answer | SluiceError {
  const errors = executed.errors ?? []
  const value = readValue(executed, root)
  if (errors.length > 0 && !(partial && value !== 'null')) return problemOf(errors, root)
  if (value === 'null' && root !== null && !mutation) return new SluiceError('NOT_FOUND', 'There is nothing at this address.')
  const told = errors.length === 0 ? '' : `,"errors":${JSON.stringify(errors.map((error) => listed(error, root)))}`
  return { status: 200, headers: { 'content-type': 'application/json' }, body: partial ? `{"data":${value}${told}}` : value }
}

/** The value as JSON: of the only root field, or the object of all of them. */
function readValue(executed: Executed, root: string | null): string {
  if (!(executed instanceof Answered)) {
    const { data = null } = executed
    return JSON.stringify(root === null ? data : valueAt(data, [root]))
  }
  if (root === null) return executed.data
  // The composed text has nothing but the field; a field that was skipped is not even there.
  const label = `{${JSON.stringify(root)}:`
  return executed.data.startsWith(label) ? executed.data.slice(label.length, -1) : 'null'
}

/** Errors of one code keep it; several codes together only say that the answer isn't whole. */
function problemOf(errors: readonly GraphQLError[], root: string | null): SluiceError {
  const list = errors.map((error) => listed(error, root))
  const [first] = errors
  if (first === undefined || new Set(list.map(({ code }) => code)).size > 1) {
    return new SluiceError('ANSWER_INCOMPLETE', 'Some fields of the answer could not be had; "errors" lists them.', { extensions: { errors: list } })
  }
  const code = codeOf(first)
  const { originalError } = first
  const headers = originalError instanceof SluiceError ? originalError.headers : {}
  // What was refused as a whole has one reason, and no places.
  const extensions = list.some(({ pointer }) => pointer !== undefined) ? { errors: list } : {}
  return new SluiceError(code, first.message, { status: statusOf(first, code), headers, extensions })
}

/** Statuses by which a service refuses the request itself. */
const refusals: readonly unknown[] = [400, 403, 404, 409, 410, 412, 422]

/** What a service says to the call of a root field, it says to the request; what it says further down is our affair. */
function statusOf({ path = [], extensions }: GraphQLError, code: ErrorCode): number {
  const { status } = extensions
  const refused = code === 'SERVICE_ERROR' && path.length === 1 && typeof status === 'number' && refusals.includes(status)
  return refused ? status : errorTable[code].status
}

/** An error of the list, as RFC 9457 section 3 has it; the pointer is into the answer. */
function listed(error: GraphQLError, root: string | null): { code: ErrorCode, detail: string, pointer?: string } {
  const { path, message } = error
  const within = path?.slice(root === null ? 0 : 1)
  return { code: codeOf(error), detail: message, ...within === undefined ? {} : { pointer: ['#', ...within].join('/') } }
}

function codeOf({ extensions: { code } }: GraphQLError): ErrorCode {
  return isErrorCode(code) ? code : 'INTERNAL'
}
