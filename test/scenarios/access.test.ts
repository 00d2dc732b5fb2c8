import { createHash } from 'node:crypto'
import t, { type Test } from 'tap'
import { startBackend } from '../backend.ts'
import { buildFrom, startGateway } from '../gateway.ts'

const key = (name: string, scopes: string) => `sha256:${createHash('sha256').update(name).digest('hex')} ${name} ${scopes}`

const files = (target: string, auth = '{ required: false }') => ({
  'routes/keys.txt': [key('reader', 'orders:read'), key('writer', 'orders:read orders:write')].join('\n'),
  'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0 } }
identity: { partners: { type: api-key, keys: "\${file:keys.txt}" } }
services:
  orders:
    targets: [{ url: "${target}" }]
    access:
      - { methods: [GET], path: /orders/*, scopes: [orders:read] }
      - { methods: [POST], path: /orders/*, scopes: [orders:write] }
  audit: { targets: [{ url: "${target}" }] }
defaults: { auth: { providers: [partners] } }
routes:
  orders: { match: { path: /orders/* }, to: { service: orders } }
graphql: { auth: ${auth} }
`,
  'schema/orders.graphql': `
type Query { order(id: ID!): Order @rest(service: "orders", get: "/orders/{id}") @public }
type Mutation {
  place(sku: ID!): Order @rest(service: "orders", post: "/orders/{sku}")
  note(text: String!): Order @rest(service: "audit", post: "/notes/{text}")
}
type Order { url: String }
`,
})

async function begin(t: Test, auth?: string) {
  const backend = await startBackend(t)
  const { gateway } = await buildFrom(t, files(backend.url, auth))
  const ask = (query: string, name?: string) => gateway.app.inject({
    method: 'POST', url: '/graphql', payload: { query }, headers: name === undefined ? {} : { 'x-api-key': name },
  })
  const rest = (method: 'GET' | 'POST' | 'HEAD', url: string, name?: string) =>
    gateway.app.inject({ method, url, headers: name === undefined ? {} : { 'x-api-key': name } })
  return { backend, gateway, ask, rest }
}

t.test("a service's access rules hold for every route and field that reaches the path", async (t) => {
  const { backend, ask, rest } = await begin(t)
  t.equal((await rest('GET', '/orders/1', 'reader')).statusCode, 200)
  t.equal((await rest('HEAD', '/orders/1', 'reader')).statusCode, 200)
  t.match((await rest('POST', '/orders', 'reader')).json(), { code: 'FORBIDDEN', detail: /orders:write/ })
  t.equal((await rest('POST', '/orders/', 'reader')).statusCode, 403)
  t.equal((await rest('POST', '/orders', 'writer')).statusCode, 200)
  const seen = backend.seen.length
  t.match((await ask('{ order(id: 1) { url } }')).json(), { data: { order: null }, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
  t.match((await ask('{ order(id: 1) { url } }', 'reader')).json(), { data: { order: { url: '/orders/1' } } })
  t.equal(backend.seen.length, seen + 1)
})

t.test('a mutation with any denied field runs nothing, whichever rule denies it', async (t) => {
  const { backend, ask } = await begin(t)
  const mutation = 'mutation { note(text: "a") { url } place(sku: 1) { url } }'
  const denied = (await ask(mutation, 'reader')).json()
  t.match(denied, { data: null, errors: [{ path: ['place'], extensions: { code: 'FORBIDDEN' } }] })
  t.same(backend.seen, [])
  t.match((await ask(mutation, 'writer')).json(), { data: { note: { url: '/notes/a' }, place: { url: '/orders/1' } } })
  t.same(backend.seen.map(({ method, url }) => `${method} ${url}`), ['POST /notes/a', 'POST /orders/1'])
})

t.test('the playground is public, also where queries need a credential', async (t) => {
  const { gateway, ask } = await begin(t, '{ required: true }')
  t.equal((await ask('{ __typename }')).statusCode, 401)
  const page = await gateway.app.inject({ url: '/graphql', headers: { accept: 'text/html' } })
  t.equal(page.statusCode, 200)
  t.match(page.headers['content-type'], /^text\/html/)
  t.equal((await gateway.app.inject({ url: '/graphql?query={__typename}', headers: { accept: 'application/json' } })).statusCode, 401)
})

t.test('what a policy refused is counted by policy and code', async (t) => {
  const backend = await startBackend(t)
  const { url, runtime, server } = await startGateway(t, files(backend.url))
  const answer = await fetch(`${url}/orders/1`)
  t.equal(answer.status, 401)
  await answer.text()
  await server.gateway?.idle()
  t.match(await runtime.metrics.registry.metrics(), /sluice_policy_refusals_total\{policy="authenticate",code="UNAUTHENTICATED",mode="enforce"\} 1/)
})
