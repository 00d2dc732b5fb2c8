import { GraphQLError } from 'graphql'
import type { Logger } from 'pino'
import { asSluiceError, isErrorCode, SluiceError, toExtensions, type ErrorCode } from '../errors.ts'
import { isObject, valueAt } from './row.ts'

/** An error as GraphQL carries it. */
export function graphqlErrorOf(error: SluiceError, extensions: Readonly<Record<string, unknown>> = {}): GraphQLError {
  return new GraphQLError(error.message, { extensions: { ...toExtensions(error), ...extensions }, originalError: error })
}

/** How yoga learns the status: graphql-over-HTTP has 200 for `application/json` where the request was well-formed. */
export const refusedAsRequest = { http: { spec: true, status: 400 } }

/** How yoga learns the status of a refusal: by `spec`, `application/json` has 200 for it, but a limit slows clients down only by its own status. */
export function httpOf({ status, headers }: SluiceError): Readonly<Record<string, unknown>> {
  return { http: { spec: status !== 429, status, headers } }
}

/** What a resolver throws: ours with its code, anything else logged and masked. */
export function maskThrown(thrown: unknown, log: Pick<Logger, 'error'>): GraphQLError {
  if (thrown instanceof GraphQLError) return thrown
  if (!(thrown instanceof SluiceError)) log.error({ err: thrown }, 'a field failed unexpectedly')
  return graphqlErrorOf(asSluiceError(thrown))
}

const codes: Readonly<Record<string, ErrorCode>> = { OPERATION_RESOLUTION_FAILURE: 'BAD_REQUEST' }

function codeOf(error: GraphQLError): ErrorCode | undefined {
  const { code, http } = error.extensions
  if (isObject(http) && valueAt(http, ['status']) === 405) return 'METHOD_NOT_ALLOWED'
  if (typeof code !== 'string') return undefined
  return isErrorCode(code) ? code : codes[code]
}

/** Gives an error of graphql-js or yoga a code of ours, and hides what no client should see. */
export function present(error: unknown, log: Pick<Logger, 'error'>): GraphQLError {
  if (!(error instanceof GraphQLError)) return maskThrown(error, log)
  const code = codeOf(error)
  if (code !== undefined) return relabel(error, code, error.message)
  if (/^Cannot return null for non-nullable field /.test(error.message)) return relabel(error, 'SERVICE_ANSWER_INVALID', error.message)
  if (error.path !== undefined && error.originalError instanceof GraphQLError) {
    return relabel(error, 'SERVICE_ANSWER_INVALID', 'What a service gave does not fit the type of the field.')
  }
  if (error.originalError === undefined || error.originalError instanceof GraphQLError) return relabel(error, 'BAD_REQUEST', error.message)
  const masked = maskThrown(error.originalError, log)
  return relabel(error, codeOf(masked) ?? 'INTERNAL', masked.message)
}

function relabel({ nodes, source, positions, path, extensions }: GraphQLError, code: ErrorCode, message: string): GraphQLError {
  const kept = { ...extensions }
  delete kept['originalError']
  return new GraphQLError(message, { nodes: nodes ?? null, source: source ?? null, positions: positions ?? null, path: path ?? null, extensions: { ...kept, code } })
}
