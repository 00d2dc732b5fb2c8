import { Readable } from 'node:stream'
import { Source } from 'graphql'
import pino from 'pino'
import type { Bound, ServiceInfo } from '../../src/compose/binding.ts'
import { readResolvers } from '../../src/compose/code/read.ts'
import type { CodeResolver } from '../../src/compose/code/resolver.ts'
import { buildEndpoint, type GraphqlEndpoint } from '../../src/compose/endpoint.ts'
import { bindSources } from '../../src/compose/load.ts'
import { systemClock, type Clock } from '../../src/clock.ts'
import type { TrustedDocuments } from '../../src/compose/trusted.ts'
import type { GraphqlSettings } from '../../src/config/config.ts'
import type { OperationSettings } from '../../src/config/schema.ts'
import { SluiceError } from '../../src/errors.ts'
import type { Exchange, Fallback } from '../../src/exchange.ts'
import { anonymous, type Identity } from '../../src/identity.ts'
import type { Call, Dispatch, Service } from '../../src/services/service.ts'

export interface Recorded {
  service: string
  method: string
  path: string
  headers: Record<string, unknown>
  body: unknown
  /** Of the call. */
  signal: AbortSignal
}

/** What a fake service says: JSON with 200 unless it says otherwise. */
export type Said = { status?: number, json?: unknown, text?: string, fail?: SluiceError, fallback?: Fallback, after?: Promise<unknown> }
export type Answers = (call: Recorded) => Said

export const ada: Identity = { subject: '7', scopes: new Set(['orders:read', 'orders:write']), claims: {}, provider: 'main', expiresAt: null }

const denied = new SluiceError('FORBIDDEN', 'The service may not be called so.')

/** Services in this process that record what they are asked. */
export function recordingServices(names: readonly string[], answers: Answers, allows: (path: string) => boolean = () => true) {
  const calls: Recorded[] = []
  const services = new Map<string, Service>(names.map((name) => [name, { name, dispatch: dispatchTo(name, calls, answers), allows: (_method, path) => allows(path) ? undefined : denied }]))
  return { calls, services, paths: () => calls.map(({ service, method, path }) => `${service} ${method} ${path}`) }
}

function dispatchTo(service: string, calls: Recorded[], answers: Answers): Dispatch {
  return (call: Call, context, sink) => {
    const recorded = {
      service, method: call.method, path: call.path, headers: { ...call.headers },
      body: typeof call.body === 'string' ? JSON.parse(call.body) : call.body,
      signal: context.signal,
    }
    calls.push(recorded)
    const said = answers(recorded)
    const answer = () => {
      if (said.fail !== undefined) return sink.fail({ error: said.fail, reached: 'not-sent' })
      const mark = said.fallback === undefined ? {} : { fallback: said.fallback }
      sink.head({ status: said.status ?? 200, headers: {}, ...mark }, { pause: () => undefined, resume: () => undefined, stop: () => undefined })
      const text = said.text ?? (said.json === undefined ? '' : JSON.stringify(said.json))
      for (let at = 0; at < text.length; at += 65_536) sink.data(Buffer.from(text.slice(at, at + 65_536)))
      sink.end()
    }
    if (context.signal.aborted) throw new Error('a call was made for a client that left')
    if (said.after === undefined) setImmediate(answer)
    else void said.after.then(answer)
  }
}

export function bind(sdl: string | Record<string, string>, services: Record<string, ServiceInfo>, resolvers: readonly CodeResolver[] = []) {
  const files = typeof sdl === 'string' ? { 'schema/test.graphql': sdl } : sdl
  return bindSources(Object.entries(files).map(([name, text]) => new Source(text, name)), { services, resolvers })
}

export function exchange(overrides: Partial<Exchange> = {}): Exchange {
  return {
    id: 'r1', method: 'POST', path: '/graphql', query: '', segments: ['graphql'], parameters: {},
    headers: { 'content-type': 'application/json', accept: 'application/json' }, outgoing: {},
    client: { address: '127.0.0.1', host: 'shop.test', scheme: 'http' },
    route: 'graphql', openBody: () => Readable.from([]), signal: new AbortController().signal, startedAt: 0,
    identity: anonymous, bodyLimit: 1_000_000, reached: 0, consumed: new Set(), kept: new Map(),
    record: { status: 0, bytes: 0, code: null, cut: false, refused: null, calls: [], shadow: [], fields: {} },
    ...overrides,
  }
}

/** JSON that a test looks into. */
type Json = ReturnType<typeof JSON.parse>

export interface Result {
  status: number
  headers: Record<string, string | string[]>
  data: Json
  extensions: Json
  errors: { message: string, path?: (string | number)[], extensions: Record<string, Json>, locations?: unknown }[] | undefined
  exchange: Exchange
}

export interface Composed {
  endpoint: GraphqlEndpoint
  bound: Bound
  calls: Recorded[]
  logged: string[]
  paths(): string[]
  ask(query: string, options?: { variables?: unknown, operationName?: string, as?: Identity, exchange?: Partial<Exchange> }): Promise<Result>
}

export const limits: OperationSettings = { depth: 12, calls: 50, tokens: 2000, aliases: 30, directives: 50, rootFields: 30, resolver: 30_000, answer: 16 * 1024 ** 2 }

/** Resolvers as a file of code would export them; their places are where `text` writes them. */
export function resolversIn(code: object, text = ''): readonly CodeResolver[] {
  const { resolvers, problems } = readResolvers(code, 'schema/test.ts', text)
  if (problems.length > 0) throw new Error(JSON.stringify(problems))
  return resolvers
}

/** A schema over recording services, ready to be asked. */
export function compose(
  sdl: string | Record<string, string>, answers: Answers,
  { services: infos = { shop: {} }, operations = limits, explain, settings: more = {}, trusted, code = {}, clock = systemClock, allows }: {
    services?: Record<string, ServiceInfo>, operations?: OperationSettings, explain?: { scopes: string[] } | undefined, clock?: Clock
    settings?: Pick<GraphqlSettings, 'introspection' | 'documents'>, trusted?: TrustedDocuments, code?: object, allows?: (path: string) => boolean
  } = {},
): Composed {
  const loaded = bind(sdl, infos, resolversIn(code))
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems, null, 2))
  const { calls, services, paths } = recordingServices(Object.keys(infos), answers, allows)
  const logged: string[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) })
  const settings = { path: '/graphql', playground: true, operations, ...more, ...(explain === undefined ? {} : { explain }) }
  const endpoint = buildEndpoint(settings, loaded.bound, { services, clock, log, trusted })
  return {
    endpoint, bound: loaded.bound, calls, logged, paths,
    async ask(query, { variables, operationName, as = ada, exchange: overrides = {} } = {}) {
      const asked = exchange({ identity: as, ...overrides })
      const answer = await endpoint.handle(asked, Buffer.from(JSON.stringify({ query, variables, operationName })))
      const { data, errors, extensions } = JSON.parse(String(answer.body))
      return { status: answer.status, headers: answer.headers, data, errors, extensions, exchange: asked }
    },
  }
}
