/** A refusal with an HTTP status and a code that programs can tell apart. */
export class ServiceError extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

export function notFound(what: string): ServiceError {
  return new ServiceError(404, 'not_found', `there is no ${what}`)
}

export interface Failure { status: number, body: { error: { code: string, message: string } } }

/** What any failure answers with: a refusal as it is, a request that can't be read as 400, all else as a bare 500. */
export function describeError(error: unknown): Failure {
  if (error instanceof ServiceError) {
    return { status: error.status, body: { error: { code: error.code, message: error.message } } }
  }
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
  if (error instanceof Error && typeof status === 'number' && status < 500) {
    return { status, body: { error: { code: 'bad_request', message: error.message } } }
  }
  return { status: 500, body: { error: { code: 'internal', message: 'something went wrong' } } }
}
