import { ServerResponse, type IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { hasBody } from './body.ts'
import { compileClientReader } from './client-address.ts'
import { wantsPage } from './compose/http-request.ts'
import type { Config } from './config/config.ts'
import { SluiceError } from './errors.ts'
import { frontDoor } from './front-door.ts'
import type { Gateway, GatewayInput } from './gateway.ts'
import { credentialHeaders } from './identity/index.ts'
import { HttpExchange, readIncoming, type Incoming } from './incoming.ts'
import { readLeniently } from './match/lenient.ts'
import type { NotFound, RouteTable } from './match/table.ts'
import type { Route } from './route.ts'
import { asksForWebsocket } from './websocket/handshake.ts'
import { OpenSockets } from './websocket/open-sockets.ts'
import { UpgradeResponse } from './websocket/upgrade-response.ts'

/** Headers that two readers must not be able to read differently; providers' credential headers join them. */
const uniqueHeaders = ['host', 'authorization', 'content-type', 'content-length', 'x-request-id']

/** A gateway whose routes are built: finds the route of each request, runs it, and knows when all have ended. */
export class ReadyGateway implements Gateway {
  readonly config: Config
  readonly app: FastifyInstance
  readonly #table: RouteTable<Route>
  readonly #unmatched: Route
  readonly #input: Pick<GatewayInput, 'parts' | 'release'>
  readonly #readClient: ReturnType<typeof compileClientReader>
  readonly #unique: ReadonlySet<string>
  readonly #sockets = new OpenSockets()
  readonly #waiting: (() => void)[] = []
  #inFlight = 0
  #closed = false

  constructor(table: RouteTable<Route>, unmatched: Route, input: Pick<GatewayInput, 'parts' | 'release'>) {
    this.config = input.parts.config
    this.#table = table
    this.#unmatched = unmatched
    this.#input = input
    this.#readClient = compileClientReader(this.config.trustedProxies)
    this.#unique = new Set([...uniqueHeaders, ...credentialHeaders(this.config)])
    this.app = frontDoor((request, response) => this.serve(request, response))
  }

  get inFlight(): number {
    return this.#inFlight
  }

  async idle(): Promise<void> {
    if (this.#inFlight > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([this.app.close(), this.#sockets.close()])
    this.#input.release()
  }

  upgrades(request: IncomingMessage): boolean {
    if (!asksForWebsocket(request)) return false
    const [route] = this.#enter(this.#read(request, new ServerResponse(request)))
    return route.info.websocket === true
  }

  upgrade(request: IncomingMessage, head: Buffer): void {
    const response = new UpgradeResponse(request, head)
    this.#sockets.add(response)
    this.serve(request, response)
  }

  #read(request: IncomingMessage, response: ServerResponse): Incoming {
    return readIncoming(request, response, this.#readClient, this.#unique, this.#input.parts.clock)
  }

  serve(request: IncomingMessage, response: ServerResponse, refusal?: SluiceError): void {
    const { metrics, load } = this.#input.parts
    const incoming = this.#read(request, response)
    const reason = refusal ?? (this.#closed ? late() : undefined)
    const [route, exchange] = reason === undefined ? this.#enter(incoming) : this.#refused(incoming, reason)
    exchange.websocket = response instanceof UpgradeResponse
    this.#inFlight += 1
    metrics.inFlight.inc({})
    const relieve = load.begin()
    if (exchange.websocket) response.once('switch', relieve)
    response.once('close', () => {
      if (!response.writableFinished) {
        exchange.record.cut = true
        exchange.leave()
      }
      route.done(exchange)
      metrics.inFlight.dec({})
      relieve()
      this.#leave()
    })
    if (hasBody(request)) request.once('late', (error: SluiceError) => route.expire(exchange, error))
    route.run(exchange)
  }

  /** The route of a request, or the built-in one with the reason why none takes it. */
  #enter(incoming: Incoming): [Route, HttpExchange] {
    const { refusal, request, target, host } = incoming
    if (refusal !== undefined) return this.#refused(incoming, refusal)
    const asked = { method: request.method ?? 'GET', host, segments: target.segments, headers: incoming.headers }
    const found = this.#preflight(asked) ?? this.#table.find(asked)
    if (!('value' in found)) return this.#refused(incoming, notFound(found))
    if (this.#ambiguous(asked, found.value)) return this.#refused(incoming, twoReadings())
    const parameters = found.parameters
    if (found.rest > 0) parameters['*'] = lastSegments(target.path, found.rest)
    const { page } = found.value
    const route = page !== undefined && wantsPage({ ...asked, query: target.query }) ? page : found.value
    return [route, new HttpExchange(incoming, route.info.name, parameters)]
  }

  /** Whether a service that reads paths more forgivingly would see the path of another route than the one found. */
  #ambiguous(asked: Parameters<RouteTable<Route>['find']>[0], found: Route): boolean {
    const segments = readLeniently(asked.segments)
    if (segments === asked.segments) return false
    const other = this.#table.find({ ...asked, segments })
    return 'value' in other && other.value !== found
  }

  /** A preflight belongs to the route of the request that it announces, where that route has a CORS policy. */
  #preflight(asked: Parameters<RouteTable<Route>['find']>[0]) {
    const method = asked.method === 'OPTIONS' ? asked.headers['access-control-request-method'] : undefined
    if (typeof method !== 'string' || asked.headers['origin'] === undefined) return undefined
    const found = this.#table.find({ ...asked, method })
    return 'value' in found && found.value.info.policies['cors'] !== undefined ? found : undefined
  }

  #refused(incoming: Incoming, refusal: SluiceError): [Route, HttpExchange] {
    return [this.#unmatched, new HttpExchange(incoming, this.#unmatched.info.name, {}, refusal)]
  }

  #leave(): void {
    this.#inFlight -= 1
    if (this.#inFlight === 0) for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** The last segments of a path, so many of them, as they were sent. */
function lastSegments(path: string, count: number): string {
  let start = path.length
  for (let left = count; left > 0; left--) start = path.lastIndexOf('/', start - 1)
  return path.slice(start + 1)
}

/** A kept connection may bring one more request while a process ends. */
function late(): SluiceError {
  return new SluiceError('DRAINING', 'The gateway is shutting down.', { headers: { connection: 'close' } })
}

function twoReadings(): SluiceError {
  const sentence = 'Some services would read the path as another route\'s. Write it without ";", "/" at its end, or a second encoding.'
  return new SluiceError('PATH_NOT_PLAIN', sentence)
}

function notFound({ allow, types }: NotFound): SluiceError {
  if (types.length > 0) {
    const sentence = `This path gives ${types.join(', ')}; name what you want in Accept.`
    return new SluiceError('NOT_ACCEPTABLE', sentence, { extensions: { mediaTypes: types } })
  }
  if (allow.length === 0) return new SluiceError('ROUTE_NOT_FOUND', 'No route matches this host and path.')
  const methods = allow.join(', ')
  return new SluiceError('METHOD_NOT_ALLOWED', `This path takes ${methods}.`, { headers: { allow: methods } })
}
