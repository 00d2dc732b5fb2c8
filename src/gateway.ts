import type { IncomingMessage, ServerResponse } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { GraphqlEndpoint } from './compose/endpoint.ts'
import type { Executor } from './compose/execute.ts'
import type { Config, RouteSettings } from './config/config.ts'
import type { SluiceError } from './errors.ts'
import { withWritesCounted } from './compose/share/writes.ts'
import { compileGraphql } from './graphql.ts'
import { compileDescription } from './openapi/end.ts'
import { RouteTable, toMatch } from './match/table.ts'
import { findVaries } from './match/vary.ts'
import type { AnyPolicy, GatewayParts, RouteInfo } from './policy.ts'
import { ReadyGateway } from './ready-gateway.ts'
import { compileRespond } from './respond.ts'
import { compileRoute, refuse, type End, type Route } from './route.ts'
import { buildServices } from './services/build.ts'
import type { Service } from './services/service.ts'
import { routeService } from './traffic/route-service.ts'
import { compileEnd } from './websocket/end.ts'

/** Routes built before the loop gets a turn. */
const slice = 50

/** One compiled configuration, ready to serve. */
export interface Gateway {
  readonly config: Config
  /** Fastify before this gateway, on a server that never listens: for whoever injects requests. */
  readonly app: FastifyInstance
  /** Whether a request asks for a WebSocket on a route that gives one; otherwise it is served like any request. */
  upgrades(request: IncomingMessage): boolean
  /** Takes a request; with a refusal it must not reach a route. */
  serve(request: IncomingMessage, response: ServerResponse, refusal?: SluiceError): void
  /** Takes a request that `upgrades`, with what came after it; its socket then belongs to the gateway. */
  upgrade(request: IncomingMessage, head: Buffer): void
  /** Exchanges under way; an open WebSocket is one. */
  readonly inFlight: number
  /** Resolves when no exchange is under way. */
  idle(): Promise<void>
  /** Closes WebSockets that are left, and gives back all that the gateway holds; exchanges should have ended. */
  close(): Promise<void>
}

export interface GatewayInput {
  readonly parts: GatewayParts
  readonly policies: readonly AnyPolicy[]
  /** Composes the GraphQL endpoint over the gateway's services. */
  readonly endpoint: ((services: ReadonlyMap<string, Service>) => GraphqlEndpoint) | null
  /** Compiles the end of a route that shows an operation. */
  readonly face?: (route: string, execute: Executor) => End
  /** The description of all routes, as JSON, where the config asks for one. */
  readonly description?: string | undefined
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

async function buildTable(input: GatewayInput): Promise<RouteTable<Route>> {
  const { parts, policies } = input
  const { routes, graphql } = parts.config
  const services = withWritesCounted(await buildServices(parts), parts)
  const endpoint = graphql === null ? undefined : input.endpoint?.(services)
  const table = new RouteTable<Route>()
  let built = 0
  const varies = findVaries(Object.fromEntries(Object.entries(routes).map(([name, { match }]) => [name, toMatch(match)])))
  for (const [name, route] of Object.entries(routes)) {
    const { match, to, policies: settings } = route
    const websocket = to?.websocket !== undefined
    const info = { name, kind: 'rest', methods: match.methods ?? null, varies: varies[name] ?? [], websocket, policies: settings } as const
    table.add(toMatch(match), compileRoute(info, endOf(name, route, { input, services, endpoint }), policies, parts))
    if (++built % slice === 0) await nextTurn()
  }
  if (graphql !== null && endpoint !== undefined) {
    const methods = ['GET', 'POST']
    const info = { name: 'graphql', kind: 'graphql', methods, policies: graphql.policies } as const
    const end = compileGraphql(endpoint)
    const match = { hosts: null, methods, path: graphql.path, headers: {} }
    const page = graphql.playground ? compileRoute(openInfo(info), end, policies, parts) : undefined
    table.add(match, { ...compileRoute(info, end, policies, parts), ...(page === undefined ? {} : { page }) })
  }
  addDescription(table, input)
  return table
}

/** Adds the routes that describe all routes. */
function addDescription(table: RouteTable<Route>, { parts, policies, description }: GatewayInput): void {
  const { openapi } = parts.config
  if (openapi === null || description === undefined) return
  for (const { path, end } of compileDescription(openapi, description)) {
    const info = { name: 'openapi', kind: 'rest', methods: ['GET'], policies: openapi.policies } as const
    table.add({ hosts: null, methods: ['GET'], path, headers: {} }, compileRoute(info, end, policies, parts))
  }
}

/** The playground's page is the same for everybody, and a browser that opens it has no token yet. */
function openInfo(info: RouteInfo): RouteInfo {
  const policies = Object.entries(info.policies).filter(([key]) => key !== 'auth' && key !== 'authorize')
  return { ...info, name: 'playground', policies: Object.fromEntries(policies) }
}

interface EndParts {
  readonly input: GatewayInput
  readonly services: ReadonlyMap<string, Service>
  readonly endpoint: GraphqlEndpoint | undefined
}

/** What a route ends in: a call to its service, an operation, or an answer of the gateway's own. */
function endOf(name: string, { to, face, respond }: RouteSettings, { input, services, endpoint }: EndParts): End {
  const { parts } = input
  if (respond !== undefined) return compileRespond(respond)
  if (face !== undefined && endpoint !== undefined && input.face !== undefined) return input.face(name, endpoint.execute)
  if (to === undefined) throw new Error(`route ${name} goes nowhere`)
  return compileEnd(name, to, routeService(name, to, services, parts), parts)
}
