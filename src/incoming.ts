import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { hasBody, limitBody } from './body.ts'
import type { ClientReader } from './client-address.ts'
import type { Clock } from './clock.ts'
import { SluiceError } from './errors.ts'
import type { Exchange, ExchangeRecord } from './exchange.ts'
import { firstValue } from './headers.ts'
import { anonymous, type Identity } from './identity.ts'
import { readPath, type RequestPath } from './match/path.ts'

/** What is known of a request before its route is: enough to look the route up, or to refuse it. */
export interface Incoming {
  readonly id: string
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly read: ReturnType<ClientReader>
  readonly startedAt: number
  readonly target: RequestPath
  /** Lower-case, without a port. */
  readonly host: string
  /** Set where the request must not reach a route. */
  readonly refusal: SluiceError | undefined
}

const safeId = /^[A-Za-z0-9_.:-]{1,128}$/

/** Reads a request once; nobody after this looks at the raw target. `unique` are header names that may not repeat. */
export function readIncoming(
  request: IncomingMessage,
  response: ServerResponse,
  readClient: ClientReader,
  unique: ReadonlySet<string>,
  clock: Clock,
): Incoming {
  const read = readClient(request, request.headers)
  const target = readPath(request.url ?? '')
  const given = read.trusted ? firstValue(request.headers, 'x-request-id') : undefined
  const broken = target instanceof SluiceError
  const host = hostOf(request)
  return {
    id: given !== undefined && safeId.test(given) ? given : randomUUID(),
    request,
    response,
    read,
    startedAt: clock.now(),
    target: broken ? rawPath(request.url ?? '') : target,
    host: host ?? '',
    refusal: broken ? target : repeated(request.rawHeaders, unique) ?? (host === undefined ? badHost() : undefined),
  }
}

const plainHost = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/

/** The Host without its port; undefined where it is malformed, or missing though HTTP/1.1 asks for it. */
function hostOf({ headers, httpVersion }: IncomingMessage): string | undefined {
  if (headers.host === undefined || headers.host === '') return httpVersion === '1.0' ? '' : undefined
  return plainHost.exec(headers.host.toLowerCase())?.[1]
}

function badHost(): SluiceError {
  return new SluiceError('BAD_REQUEST', 'The Host header is missing or malformed; send the name that you call.')
}

/** For the log only: a refused target is never matched or sent. */
function rawPath(url: string): RequestPath {
  return { path: url.split('?', 1)[0] ?? '', query: '', segments: [] }
}

function repeated(rawHeaders: readonly string[], unique: ReadonlySet<string>): SluiceError | undefined {
  let seen: Set<string> | undefined
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? ''
    if (!unique.has(name)) continue
    if (seen?.has(name)) return new SluiceError('HEADER_REPEATED', `The header "${name}" stands twice; send it once.`)
    seen ??= new Set()
    seen.add(name)
  }
  return undefined
}

/** The exchange of one request on one route. */
export class HttpExchange implements Exchange {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly query: string
  readonly segments: readonly string[]
  readonly parameters: Readonly<Record<string, string>>
  readonly headers: Exchange['headers']
  readonly client: Exchange['client']
  readonly route: string
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly startedAt: number
  identity: Identity = anonymous
  bodyLimit = Infinity
  bodyOpened = false
  reached = 0
  readonly consumed: Set<string> = new Set()
  readonly record: ExchangeRecord = { status: 0, bytes: 0, code: null, cut: false, calls: [], shadow: [], fields: {} }
  #abort: AbortController | undefined
  #gone: SluiceError | undefined

  /** Why the request must not reach a route; set on the built-in route alone. */
  readonly refusal: SluiceError | undefined

  constructor(incoming: Incoming, route: string, parameters: Record<string, string>, refusal?: SluiceError) {
    this.refusal = refusal
    const { request, target } = incoming
    this.id = incoming.id
    this.method = request.method ?? 'GET'
    this.path = target.path
    this.query = target.query
    this.segments = target.segments
    this.parameters = parameters
    this.headers = request.headers
    this.client = incoming.read.client
    this.route = route
    this.request = request
    this.response = incoming.response
    this.startedAt = incoming.startedAt
  }

  openBody(): Readable | null {
    if (!hasBody(this.request)) return null
    this.bodyOpened = true
    if (this.request.headers.expect !== undefined) this.response.writeContinue()
    return limitBody(this.request, this.bodyLimit)
  }

  /** Made on first use: most exchanges that a policy stops never need it. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController()
      if (this.#gone !== undefined) this.#abort.abort(this.#gone)
    }
    return this.#abort.signal
  }

  /** The client left: whoever listens to the signal stops. */
  leave(): void {
    this.#gone = new SluiceError('CLIENT_GONE', 'The client closed the connection before the answer was complete.')
    this.#abort?.abort(this.#gone)
  }
}
