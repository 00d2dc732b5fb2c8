import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { hasBody, limitBody, refuseFraming } from './body.ts'
import type { ClientReader } from './client-address.ts'
import type { Clock } from './clock.ts'
import { SluiceError } from './errors.ts'
import type { Exchange, ExchangeRecord } from './exchange.ts'
import { firstValue, type HeaderMap } from './headers.ts'
import { endToEnd, withoutLookalikes, withoutNominated } from './hop-by-hop.ts'
import { anonymous, type Identity } from './identity.ts'
import { readPath, type RequestPath } from './match/path.ts'
import { originForm } from './match/target.ts'

/** What is known of a request before its route is: enough to look the route up, or to refuse it. */
export interface Incoming {
  readonly id: string
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** What policies may read: all that was sent, less what `Connection` nominates. */
  readonly headers: HeaderMap
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
  const target = readTarget(request, read.client.scheme)
  const given = read.trusted ? firstValue(request.headers, 'x-request-id') : undefined
  const broken = target instanceof SluiceError
  const host = hostOf(request)
  return {
    id: given !== undefined && safeId.test(given) ? given : randomUUID(),
    request,
    response,
    headers: withoutNominated(request.headers),
    read,
    startedAt: clock.now(),
    target: broken ? rawPath(request.url ?? '') : target,
    host: host ?? '',
    refusal: refuseFraming(request) ?? read.refusal ?? (broken ? target : undefined)
      ?? repeated(request.rawHeaders, unique) ?? (host === undefined ? badHost() : undefined),
  }
}

function readTarget({ url = '', headers }: IncomingMessage, scheme: string): RequestPath | SluiceError {
  const target = originForm(url, scheme, headers.host ?? '')
  return target instanceof SluiceError ? target : readPath(target)
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
  websocket = false
  /** The client sends its body only when it is told to continue, and was not yet (RFC 9110 section 10.1.1). */
  awaited: boolean
  reached = 0
  readonly consumed: Set<string> = new Set()
  watchBody: Exchange['watchBody']
  readonly record: ExchangeRecord = { status: 0, bytes: 0, code: null, cut: false, refused: null, calls: [], shadow: [], fields: {} }
  #abort: AbortController | undefined
  #kept: Map<object, unknown> | undefined
  #outgoing: HeaderMap | undefined
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
    this.headers = incoming.headers
    this.client = incoming.read.client
    this.route = route
    this.request = request
    this.response = incoming.response
    this.startedAt = incoming.startedAt
    this.awaited = request.headers.expect !== undefined && request.httpVersion !== '1.0'
  }

  openBody(): Readable | null {
    if (!hasBody(this.request)) {
      this.watchBody?.(null)
      return null
    }
    if (this.awaited) this.#continueWhenRead()
    return limitBody(this.request, this.bodyLimit, this.watchBody)
  }

  /** Only a call that is really made reads the body; one that its service's rules refuse is answered without. */
  #continueWhenRead(): void {
    this.request.once('resume', () => {
      if (this.response.headersSent || this.response.destroyed) return
      this.awaited = false
      this.response.writeContinue()
    })
  }

  /** Made on first use: most policies keep nothing. */
  get kept(): Map<object, unknown> {
    return (this.#kept ??= new Map())
  }

  /** Made on first use, when it is known which credentials are consumed. */
  get outgoing(): HeaderMap {
    if (this.#outgoing === undefined) {
      this.#outgoing = withoutLookalikes(endToEnd(this.headers))
      for (const name of this.consumed) this.#outgoing[name] = undefined
    }
    return this.#outgoing
  }

  /** Made on first use: most exchanges that a policy stops never need it. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController()
      if (this.#gone !== undefined) this.#abort.abort(this.#gone)
    }
    return this.#abort.signal
  }

  /** The client left, or the exchange ends for another reason: whoever listens to the signal stops. */
  leave(reason = new SluiceError('CLIENT_GONE', 'The client closed the connection before the answer was complete.')): void {
    this.#gone = reason
    this.#abort?.abort(this.#gone)
  }
}
