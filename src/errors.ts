/** What every error code means: the HTTP status it answers with and the title of its problem document. */
interface ErrorEntry {
  status: number
  title: string
}

/** The one table of error codes; the reference page is generated from it. */
export const errorTable = {
  BAD_REQUEST: { status: 400, title: 'The request is not well-formed' },
  PATH_NOT_PLAIN: { status: 400, title: 'The path is not written plainly' },
  HEADER_REPEATED: { status: 400, title: 'A header that must be unique is repeated' },
  PARAMETER_REFUSED: { status: 400, title: 'A parameter cannot be used in the call' },
  UNAUTHENTICATED: { status: 401, title: 'A credential is needed' },
  TOKEN_INVALID: { status: 401, title: 'The token is not valid' },
  TOKEN_KEY_UNKNOWN: { status: 401, title: 'The key that signed the token is not known' },
  TOKEN_EXPIRED: { status: 401, title: 'The token has expired' },
  API_KEY_UNKNOWN: { status: 401, title: 'The API key is not known' },
  CERTIFICATE_INVALID: { status: 401, title: 'The client certificate is not valid' },
  FORBIDDEN: { status: 403, title: 'The identity may not do this' },
  CORS_REFUSED: { status: 403, title: 'The origin may not call this route' },
  ROUTE_NOT_FOUND: { status: 404, title: 'No route matches' },
  NOT_FOUND: { status: 404, title: 'What is asked for does not exist' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The route does not allow this method' },
  NOT_ACCEPTABLE: { status: 406, title: 'No route gives what the request accepts' },
  REQUEST_TIMEOUT: { status: 408, title: 'The request took too long to arrive' },
  IDEMPOTENCY_CONFLICT: { status: 409, title: 'The request with this idempotency key is under way, or its answer is not kept' },
  IDEMPOTENCY_MISMATCH: { status: 422, title: 'The idempotency key was used for another request' },
  BODY_TOO_LARGE: { status: 413, title: 'The request body is too large' },
  URI_TOO_LONG: { status: 414, title: 'The request target is too long' },
  MEDIA_TYPE_UNSUPPORTED: { status: 415, title: 'The content type is not supported' },
  HEADERS_TOO_LARGE: { status: 431, title: 'The request headers are too large' },
  WEBSOCKET_VERSION: { status: 426, title: 'The WebSocket version is not supported' },
  RATE_LIMITED: { status: 429, title: 'A rate limit is used up' },
  CLIENT_GONE: { status: 499, title: 'The client left before the answer' },
  INTERNAL: { status: 500, title: 'The gateway failed' },
  SERVICE_UNREACHABLE: { status: 502, title: 'The service could not be reached' },
  SERVICE_RESET: { status: 502, title: 'The service broke off the connection' },
  SERVICE_ANSWER_INVALID: { status: 502, title: 'The service gave an answer that cannot be used' },
  SERVICE_ERROR: { status: 502, title: 'The service answered with an error' },
  BREAKER_OPEN: { status: 503, title: 'The service fails and is given a rest' },
  SERVICE_BUSY: { status: 503, title: 'The service has all the calls it can take' },
  NO_TARGET: { status: 503, title: 'The service has no address that takes calls' },
  OVERLOADED: { status: 503, title: 'The gateway has all the requests it can take' },
  FAULT_INJECTED: { status: 503, title: 'A fault was injected on purpose' },
  STATE_UNAVAILABLE: { status: 503, title: 'The state store could not be reached' },
  IDENTITY_UNAVAILABLE: { status: 503, title: 'The identity provider could not be reached' },
  WEBSOCKETS_FULL: { status: 503, title: 'The route has all the WebSockets it can take' },
  DRAINING: { status: 503, title: 'The gateway is shutting down' },
  SERVICE_TIMEOUT: { status: 504, title: 'The service did not answer in time' },
  RESOLVER_TIMEOUT: { status: 504, title: 'A resolver in code did not end in time' },
  GRAPHQL_PARSE_FAILED: { status: 400, title: 'The GraphQL document cannot be parsed' },
  GRAPHQL_VALIDATION_FAILED: { status: 400, title: 'The GraphQL operation does not fit the schema' },
  OPERATION_TOO_LARGE: { status: 400, title: 'The GraphQL operation is larger than the limits allow' },
  INTROSPECTION_REFUSED: { status: 403, title: 'The identity may not ask for the schema' },
  CROSS_SITE_REFUSED: { status: 403, title: 'Any web page could have sent the GraphQL request' },
  DOCUMENT_NOT_TRUSTED: { status: 403, title: 'The GraphQL document is none of those that are trusted' },
  PERSISTED_QUERY_NOT_FOUND: { status: 200, title: 'No GraphQL document is kept under the hash; it has to be sent with it once' },
  PERSISTED_QUERY_NOT_SUPPORTED: { status: 200, title: 'GraphQL documents are not kept; they have to be sent whole' },
  ANSWER_INCOMPLETE: { status: 502, title: 'A part of the answer could not be had' },
  LIST_TOO_LONG: { status: 502, title: 'A list is longer than its declared size' },
  KEY_NOT_UNIQUE: { status: 502, title: 'Two items share a key that should be unique' },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof errorTable

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorTable, code)
}

export interface ErrorOptions {
  cause?: unknown
  /** Another status than the code's own, where the config chooses it. */
  status?: number
  /** Answer headers, lower-case names (`retry-after`, `www-authenticate`, `allow`…). */
  headers?: Readonly<Record<string, string>>
  /** Further members for GraphQL `extensions` and problem documents, such as `service` and `status`. */
  extensions?: Readonly<Record<string, unknown>>
}

/** An error that may reach a client: `detail` is a sentence for people, free of internals. */
export class SluiceError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly extensions: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, detail: string, options: ErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'SluiceError'
    this.code = code
    this.status = options.status ?? errorTable[code].status
    this.headers = options.headers ?? {}
    this.extensions = options.extensions ?? {}
  }
}

/** Turns anything thrown into a `SluiceError`; what is not ours becomes INTERNAL with the original as `cause`. */
export function asSluiceError(thrown: unknown): SluiceError {
  if (thrown instanceof SluiceError) return thrown
  return new SluiceError('INTERNAL', 'The gateway met an unexpected condition; the request id helps to find it.', {
    cause: thrown,
  })
}

/** A complete answer that the gateway itself gives. */
export interface Answer {
  status: number
  headers: Record<string, string | string[]>
  body: string | Buffer
}

/** The problem document of an error (RFC 9457), `instance` being the request id. */
export function toProblem(error: SluiceError, instance: string): Answer {
  const { code, status, headers } = error
  const document = {
    type: `urn:sluice:error:${code}`,
    title: errorTable[code].title,
    status,
    detail: error.message,
    instance,
    code,
    ...error.extensions,
  }
  return {
    status,
    headers: { ...headers, 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
    body: JSON.stringify(document),
  }
}

/** The `extensions` of a GraphQL error. */
export function toExtensions(error: SluiceError): Record<string, unknown> {
  return { code: error.code, ...error.extensions }
}
