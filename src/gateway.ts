import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fastify, { type FastifyInstance } from 'fastify'
import { compileClientReader } from './client-address.ts'
import type { GraphqlEndpoint } from './compose/endpoint.ts'
import type { Config } from './config/config.ts'
import type { MatchSettings } from './config/schema.ts'
import { SluiceError } from './errors.ts'
import { wantsPage } from './compose/http-request.ts'
import { compileGraphql } from './graphql.ts'
import { credentialHeaders } from './identity/index.ts'
import { HttpExchange, readIncoming, type Incoming } from './incoming.ts'
import { RouteTable, type Match } from './match/table.ts'
import type { AnyPolicy, GatewayParts, RouteInfo } from './policy.ts'
import { compileProxy } from './proxy.ts'
import { compileRoute, refuse, type Route } from './route.ts'
import { buildService } from './services/build.ts'
import type { Service } from './services/service.ts'

/** Routes built before the loop gets a turn. */
const slice = 50

/** Headers that two readers must not be able to read differently; providers' credential headers join them. */
const uniqueHeaders = ['host', 'authorization', 'content-type', 'content-length', 'x-request-id']

/** One compiled configuration, ready to serve. */
export interface Gateway {
  readonly config: Config
  /** Fastify on a server that never listens: the listeners hand it their requests, and tests inject. */
  readonly app: FastifyInstance
  /** Exchanges under way. */
  readonly inFlight: number
  /** Resolves when no exchange is under way. */
  idle(): Promise<void>
  /** Gives back all that the gateway holds; exchanges under way should have ended. */
  close(): Promise<void>
}

export interface GatewayInput {
  readonly parts: GatewayParts
  readonly policies: readonly AnyPolicy[]
  /** Composes the GraphQL endpoint over the gateway's services. */
  readonly endpoint: ((services: ReadonlyMap<string, Service>) => GraphqlEndpoint) | null
  /** Gives back the leases. */
  release(): void
}

/** Builds a gateway in slices, so that the one it replaces keeps serving meanwhile. */
export async function buildGateway(input: GatewayInput): Promise<Gateway> {
  const { parts, policies } = input
  const table = await buildTable(input)
  const unmatched = compileRoute(
    { name: 'unmatched', kind: 'unmatched', methods: null, policies: parts.config.unmatched },
    refuse,
    policies,
    parts,
  )
  const gateway = new ReadyGateway(table, unmatched, input)
  await gateway.app.ready()
  return gateway
}

async function buildTable({ parts, policies, endpoint }: GatewayInput): Promise<RouteTable<Route>> {
  const { routes, graphql, services: declared } = parts.config
  const services = new Map(Object.entries(declared).map(([name, settings]) => [name, buildService(name, settings, parts)]))
  const table = new RouteTable<Route>()
  let built = 0
  for (const [name, { match, to, policies: settings }] of Object.entries(routes)) {
    const service = services.get(to.service)
    if (service === undefined) throw new Error(`route ${name} goes to an unknown service`)
    const info = { name, kind: 'rest', methods: match.methods ?? null, policies: settings } as const
    table.add(toMatch(match), compileRoute(info, compileProxy(to, service), policies, parts))
    if (++built % slice === 0) await nextTurn()
  }
  if (graphql !== null && endpoint !== null) {
    const methods = ['GET', 'POST']
    const info = { name: 'graphql', kind: 'graphql', methods, policies: graphql.policies } as const
    const end = compileGraphql(endpoint(services))
    const match = { hosts: null, methods, path: graphql.path, headers: {} }
    const page = graphql.playground ? compileRoute(openInfo(info), end, policies, parts) : undefined
    table.add(match, { ...compileRoute(info, end, policies, parts), ...(page === undefined ? {} : { page }) })
  }
  return table
}

/** The playground's page is the same for everybody, and a browser that opens it has no token yet. */
function openInfo(info: RouteInfo): RouteInfo {
  const policies = Object.entries(info.policies).filter(([key]) => key !== 'auth' && key !== 'authorize')
  return { ...info, name: 'playground', policies: Object.fromEntries(policies) }
}

function toMatch({ hosts, methods, path, headers }: MatchSettings): Match {
  return { hosts: hosts ?? null, methods: methods ?? null, path, headers: headers ?? {} }
}

class ReadyGateway implements Gateway {
  readonly config: Config
  readonly app: FastifyInstance
  readonly #table: RouteTable<Route>
  readonly #unmatched: Route
  readonly #input: GatewayInput
  readonly #readClient: ReturnType<typeof compileClientReader>
  readonly #unique: ReadonlySet<string>
  readonly #waiting: (() => void)[] = []
  #inFlight = 0

  constructor(table: RouteTable<Route>, unmatched: Route, input: GatewayInput) {
    this.config = input.parts.config
    this.#table = table
    this.#unmatched = unmatched
    this.#input = input
    this.#readClient = compileClientReader(this.config.trustedProxies)
    this.#unique = new Set([...uniqueHeaders, ...credentialHeaders(this.config)])
    this.app = frontDoor((request, response) => this.#serve(request, response))
  }

  get inFlight(): number {
    return this.#inFlight
  }

  async idle(): Promise<void> {
    if (this.#inFlight > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  async close(): Promise<void> {
    await this.app.close()
    this.#input.release()
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { metrics, clock } = this.#input.parts
    const incoming = readIncoming(request, response, this.#readClient, this.#unique, clock)
    const [route, exchange] = this.#enter(incoming)
    this.#inFlight += 1
    metrics.inFlight.inc()
    response.once('close', () => {
      if (!response.writableFinished) {
        exchange.record.cut = true
        exchange.leave()
      }
      route.done(exchange)
      metrics.inFlight.dec()
      this.#leave()
    })
    route.run(exchange)
  }

  /** The route of a request, or the built-in one with the reason why none takes it. */
  #enter(incoming: Incoming): [Route, HttpExchange] {
    const { refusal, request, target, host } = incoming
    if (refusal !== undefined) return this.#refused(incoming, refusal)
    const asked = { method: request.method ?? 'GET', host, segments: target.segments, headers: request.headers }
    const found = this.#preflight(asked) ?? this.#table.find(asked)
    if (!('value' in found)) return this.#refused(incoming, notFound(found.allow))
    const parameters = found.parameters
    if (found.rest > 0) parameters['*'] = target.path.split('/').slice(-found.rest).join('/')
    const { page } = found.value
    const route = page !== undefined && wantsPage({ ...asked, query: target.query }) ? page : found.value
    return [route, new HttpExchange(incoming, route.info.name, parameters)]
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

function notFound(allow: readonly string[] | null): SluiceError {
  if (allow === null) return new SluiceError('ROUTE_NOT_FOUND', 'No route matches this host and path.')
  const methods = allow.join(', ')
  return new SluiceError('METHOD_NOT_ALLOWED', `This path takes ${methods}.`, { headers: { allow: methods } })
}

/**
 * Fastify as the door that listeners, plugins and tests know. Which route takes a request is decided by our own
 * table, since hosts, methods and headers have to be weighed on the path exactly as it is sent on. A request is
 * taken over before Fastify reads its body or has an opinion on its content type.
 */
function frontDoor(serve: (request: IncomingMessage, response: ServerResponse) => void): FastifyInstance {
  const app = fastify({
    serverFactory: (handler) => createServer(handler),
    frameworkErrors: (_error, request, reply) => {
      reply.hijack()
      serve(request.raw, reply.raw)
    },
  })
  app.addHook('onRequest', (request, reply) => {
    reply.hijack()
    serve(request.raw, reply.raw)
  })
  app.setNotFoundHandler(() => undefined)
  return app
}
