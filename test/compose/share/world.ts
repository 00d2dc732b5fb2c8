import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Test } from 'tap'
import type { Clock } from '../../../src/clock.ts'
import { startBackend, type Seen } from '../../backend.ts'
import { startGateway, type Running } from '../../gateway.ts'

/** A request that the backend has and does not answer yet. */
export interface Held extends Seen {
  /** Answers, unless it was answered before. */
  answer(body?: unknown, status?: number): void
  /** Resolves when the gateway gives the call up. */
  readonly gone: Promise<void>
}

export interface Asked {
  query?: string
  variables?: unknown
  operationName?: string
  /** The API key, which is also the subject. */
  key?: string
  headers?: Record<string, string>
  signal?: AbortSignal
  /** Asks by GET. */
  get?: boolean
}

export interface World extends Running {
  held: Held[]
  seen: Seen[]
  /** How many calls and queries took the answer of another request. */
  joined: { calls: number, operations: number }
  /** Resolves when so many calls and queries have reached the backend or joined. */
  taken(count: number): Promise<void>
  ask(asked: Asked): Promise<{ status: number, json: ReturnType<typeof JSON.parse>, headers: Headers }>
  rest(method: string, path: string, key?: string): Promise<number>
}

/** Keys by name; a key's words after it are its scopes. */
const keys = ['ada', 'bob', 'cleo secret', 'dan secret']

export const sdl = `
type Query {
  thing(id: ID!): Thing @public @rest(service: "shop", get: "/things/{id}")
  any(input: Any): Thing @public @rest(service: "shop", get: "/any{?input.n}")
  mine: Thing @rest(service: "shop", get: "/mine/{identity.subject}")
  secret: Thing @auth(scopes: ["secret"]) @rest(service: "shop", get: "/secret")
  guarded: Thing @public @rest(service: "shop", get: "/guarded")
  other: Thing @public @rest(service: "alone", get: "/other")
  search(q: String!): Thing @public @rest(service: "shop", post: "/search", body: { q: "{q}" })
}
type Mutation {
  change(id: ID!): Thing @public @rest(service: "shop", post: "/things/{id}")
}
input Any { n: Float }
type Thing {
  id: ID  version: Int  nextId: ID @internal  told: String
  next: Thing @public @rest(service: "shop", get: "/things/{parent.nextId}")
}
`

export interface Settings {
  /** Keys of the service, written as in the config. */
  shop?: string
  sdl?: string
  /** Further entries of the config's top level. */
  more?: string
  /** Further keys of `graphql`. */
  graphql?: string
  clock?: Clock
  /** Sees each request as it reaches the backend, and may answer it. */
  arrive?: (held: Held) => void
}

/** A gateway over a service that holds its answers. */
export async function startWorld(t: Test, { shop = 'share: { ignore: [x-forwarded-for] }', sdl: schema = sdl, more = '', graphql = '', clock, arrive }: Settings = {}): Promise<World> {
  const held: Held[] = []
  const looking = new Set<() => void>()
  const look = () => looking.forEach((each) => each())
  const backend = await startBackend(t, (_request, response) => {
    const seen = backend.seen.at(-1)
    if (seen === undefined) return
    const one = hold(seen, response)
    held.push(one)
    arrive?.(one)
    look()
  })
  const running = await startGateway(t, {
    'routes/keys.txt': keys.map(keyLine).join('\n'),
    'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0 } }
trustedProxies: [127.0.0.0/8]
identity: { partners: { type: api-key, keys: "\${file:keys.txt}" } }
services:
  shop:
    targets: [{ url: "${backend.url}" }]
    ${shop}
  alone: { targets: [{ url: "${backend.url}" }] }
defaults: { auth: { providers: [partners], required: false } }
routes:
  things: { match: { path: /things/* }, to: { service: shop } }
graphql:
  explain: { scopes: [] }
  ${graphql}
${more}
`,
    'schema/shop.graphql': schema,
  }, {}, clock)
  const joined = watchJoins(running, look)
  return {
    ...running, held, seen: backend.seen, joined,
    taken(count) {
      return new Promise((resolve) => {
        const check = () => {
          if (backend.seen.length + joined.calls + joined.operations < count) return
          looking.delete(check)
          resolve()
        }
        looking.add(check)
        check()
      })
    },
    ask: (asked) => ask(running.url, asked),
    async rest(method, path, key) {
      const answer = await fetch(running.url + path, { method, headers: key === undefined ? {} : { 'x-api-key': key } })
      await answer.text()
      return answer.status
    },
  }
}

function keyLine(key: string): string {
  const [name = '', ...scopes] = key.split(' ')
  return [`sha256:${createHash('sha256').update(name).digest('hex')}`, name, ...scopes].join(' ')
}

function hold(seen: Seen, response: ServerResponse): Held {
  const { promise: gone, resolve } = Promise.withResolvers<void>()
  response.on('close', () => { if (!response.writableFinished) resolve() })
  return {
    ...seen, gone,
    answer(body = { id: seen.url, told: JSON.stringify(seen.headers) }, status = 200) {
      if (!response.headersSent) response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    },
  }
}

function watchJoins({ runtime: { metrics } }: Running, look: () => void): World['joined'] {
  const joined = { calls: 0, operations: 0 }
  const { callsShared } = metrics.services
  const [countCall, countOperation] = [callsShared.inc.bind(callsShared), metrics.operationsShared.inc.bind(metrics.operationsShared)]
  callsShared.inc = (...args) => {
    joined.calls += 1
    countCall(...args)
    look()
  }
  metrics.operationsShared.inc = (...args) => {
    joined.operations += 1
    countOperation(...args)
    look()
  }
  return joined
}

async function ask(url: string, { query = '{ thing(id: 1) { id told } }', variables, operationName, key, headers = {}, signal, get = false }: Asked) {
  const given = { query, ...(variables === undefined ? {} : { variables }), ...(operationName === undefined ? {} : { operationName }) }
  const search = new URLSearchParams(Object.entries(given).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]))
  const answer = await fetch(get ? `${url}/graphql?${String(search)}` : `${url}/graphql`, {
    method: get ? 'GET' : 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json', ...(key === undefined ? {} : { 'x-api-key': key }), ...headers },
    ...(get ? {} : { body: JSON.stringify(given) }),
    ...(signal === undefined ? {} : { signal }),
  })
  return { status: answer.status, json: JSON.parse(await answer.text()), headers: answer.headers }
}

/** Whether a second request takes the answer of a first; both get theirs. */
export async function shares(t: Test, settings: Settings, first: Asked, second: Asked): Promise<'call' | 'operation' | 'nothing'> {
  const world = await startWorld(t, settings)
  const one = world.ask(first)
  await world.taken(1)
  const two = world.ask(second)
  await world.taken(2)
  for (const held of world.held) held.answer()
  const answers = await Promise.all([one, two])
  for (const { status, json } of answers) {
    t.equal(status, 200)
    t.notOk(json.errors, JSON.stringify(json))
  }
  return world.joined.operations > 0 ? 'operation' : world.joined.calls > 0 ? 'call' : 'nothing'
}
