import { createHash } from 'node:crypto'
import t, { type Test } from 'tap'
import { startBackend } from '../backend.ts'
import { buildFrom } from '../gateway.ts'

const key = (name: string, scopes = '-') => `sha256:${createHash('sha256').update(name).digest('hex')} ${name} ${scopes}`

const schema = `
type Query {
  customer(id: ID!): Customer @rest(service: "shop", get: "/customers/{id}")
  products(first: Int! = 20, skus: [ID!], kind: Kind, cheap: Boolean): [Product!]! @public @list(max: 100, by: "first")
    @rest(service: "shop", get: "/products{?first,skus,kind,cheap}") @cache(maxAge: 60)
  secret: String @auth(scopes: ["secrets"]) @rest(service: "shop", get: "/secret")
}
type Mutation {
  rename(id: ID!, input: RenameInput!): Customer @rest(service: "shop", put: "/customers/{id}", body: "{input}")
  forget(id: ID!): Boolean @rest(service: "shop", delete: "/customers/{id}")
}
type Customer {
  id: ID!
  name: String!
  orders(first: Int = 3): [Order!] @list(max: 10, by: "first") @rest(service: "shop", get: "/orders{?parent.id,first}")
  advice: String @rest(service: "shop", get: "/advice{?parent.id}")
}
type Order { id: ID! }
type Product { sku: ID! }
enum Kind { red blue }
input RenameInput { name: String!, nick: String }
`

const operations = `{
  "Overview": "query Overview($id: ID!, $first: Int = 2) { customer(id: $id) { name orders(first: $first) { id } } }",
  "Advised": "query Advised($id: ID!) { customer(id: $id) { name orders { id } advice } }",
  "Products": "query Products($first: Int! = 20, $skus: [ID!], $kind: Kind, $cheap: Boolean) { list: products(first: $first, skus: $skus, kind: $kind, cheap: $cheap) { sku } }",
  "Both": "query Both($id: ID!) { customer(id: $id) { name } products { sku } }",
  "Secret": "query Secret { secret }",
  "Rename": "mutation Rename($id: ID!, $input: RenameInput!) { rename(id: $id, input: $input) { id name } }",
  "Forget": "mutation Forget($id: ID!) { forget(id: $id) }"
}`

const routes = `
  overview: { match: { methods: [GET], path: "/customers/{id}/overview" }, to: { operation: Overview } }
  advised: { match: { methods: [GET], path: "/customers/{id}/advised" }, to: { operation: Advised } }
  partial: { match: { methods: [GET], path: "/customers/{id}/partial" }, to: { operation: Advised, partial: true } }
  products: { match: { methods: [GET], path: "/products" }, to: { operation: Products } }
  cheap: { match: { methods: [GET], path: "/cheap/{count}" }, to: { operation: Products, variables: { first: "{count}", cheap: true, skus: ["s-{count}"] } } }
  both: { match: { methods: [GET], path: "/both/{id}" }, to: { operation: Both } }
  secret: { match: { methods: [GET], path: "/secret" }, to: { operation: Secret } }
  rename: { match: { methods: [PUT], path: "/customers/{id}" }, idempotency: { methods: [PUT] }, to: { operation: Rename, variables: { input: "{body}" } } }
  nick: { match: { methods: [POST], path: "/customers/{id}/nick" }, to: { operation: Rename, variables: { input: { name: "{body.name.last}", nick: "nick-{id}" } } } }
  forget: { match: { methods: [DELETE], path: "/customers/{id}" }, to: { operation: Forget } }
`

const files = (target: string, more: { routes?: string, limit?: string, service?: string } = {}) => ({
  'routes/keys.txt': [key('reader', 'customers:read'), key('nobody')].join('\n'),
  'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0 } }
identity: { partners: { type: api-key, keys: "\${file:keys.txt}" } }
limits: { heavy: { by: identity.subject, rate: ${more.limit ?? '1000/d'}, cost: calls } }
services:
  shop:
    targets: [{ url: "${target}" }]
    access: [{ methods: [GET], path: "/customers/*", scopes: [customers:read] }]
    ${more.service ?? ''}
defaults: { auth: { providers: [partners], required: false }, limits: [heavy] }
routes: ${more.routes ?? routes}
graphql: { documents: { manifest: ../manifest.json, only: true }, operations: { calls: 5 } }
`,
  'schema/shop.graphql': schema,
  'manifest.json': operations,
})

type Said = Readonly<Record<string, { status?: number, json?: unknown }>>

const usual: Said = {
  'GET /customers/7': { json: { id: '7', name: 'Ada' } },
  'GET /customers/8': { status: 404 },
  'GET /orders': { json: [{ id: 1 }, { id: 2 }] },
  'GET /products': { json: [{ sku: 'a' }] },
  'GET /advice': { status: 500 },
  'PUT /customers/7': { json: { id: '7', name: 'Bea' } },
  'PUT /customers/9': { status: 422, json: { detail: 'No such name.' } },
  'DELETE /customers/7': { status: 204 },
}

/** A gateway over a service that answers by method and path, and a client of it. */
async function open(t: Test, { said = {}, ...more }: { said?: Said, limit?: string, service?: string } = {}) {
  const answers: Said = { ...usual, ...said }
  const backend = await startBackend(t, ({ method, url = '' }, response) => {
    const { status = 200, json } = answers[`${method} ${url.split('?')[0] ?? ''}`] ?? { status: 404 }
    response.writeHead(status, { 'content-type': 'application/json' }).end(json === undefined ? '' : JSON.stringify(json))
  })
  const { gateway, lines } = await buildFrom(t, files(backend.url, more))
  const ask = async (method: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'HEAD', url: string, { as = 'reader', body }: { as?: string | null, body?: unknown } = {}) => {
    const answer = await gateway.app.inject({
      method, url, headers: as === null ? {} : { 'x-api-key': as }, ...body === undefined ? {} : { payload: body as object },
    })
    return { status: answer.statusCode, type: answer.headers['content-type'], headers: answer.headers, json: answer.body === '' ? undefined : answer.json<unknown>() }
  }
  return { ask, gateway, lines, calls: () => backend.seen.map(({ method, url }) => `${method} ${url}`), bodies: () => backend.seen.map(({ body }) => body) }
}

t.test('one REST call makes the composed calls, and answers with the root field alone', async (t) => {
  const { ask, calls, lines } = await open(t)
  const { status, type, json, headers } = await ask('GET', '/customers/7/overview')
  t.strictSame([status, type, json], [200, 'application/json', { name: 'Ada', orders: [{ id: '1' }, { id: '2' }] }])
  t.equal(headers['cache-control'], 'no-store')
  t.strictSame(calls(), ['GET /customers/7', 'GET /orders?id=7&first=2'])
  t.match(await lines.when(({ route }) => route === 'overview'), { graphqlOperation: 'query Overview' })
  t.match(await ask('HEAD', '/customers/7/overview'), { status: 200, json: undefined })
})

t.test('several root fields are an object, and an alias is the name', async (t) => {
  const { ask } = await open(t)
  t.match(await ask('GET', '/both/7'), { status: 200, json: { customer: { name: 'Ada' }, products: [{ sku: 'a' }] } })
  t.strictSame((await ask('GET', '/both/8')).json, { customer: null, products: [{ sku: 'a' }] })
})

t.test('variables come from path, query and templates as their types ask', async (t) => {
  const { ask, calls } = await open(t)
  t.match(await ask('GET', '/customers/7/overview?first=5&other=1'), { status: 200 })
  t.match(await ask('GET', '/products?skus=a&skus=b&kind=red&cheap=true', { as: null }), { status: 200, json: [{ sku: 'a' }] })
  t.match(await ask('GET', '/products?skus=a', { as: null }), { status: 200 })
  t.match(await ask('GET', '/cheap/3?first=9&kind=blue&cheap=false', { as: null }), { status: 200 })
  t.strictSame(calls().filter((call) => call !== 'GET /customers/7'), [
    'GET /orders?id=7&first=5', 'GET /products?first=20&skus=a,b&kind=red&cheap=true', 'GET /products?first=20&skus=a', 'GET /products?first=3&skus=s-3&kind=blue&cheap=true',
  ])
})

t.test('a value that does not fit is 400, and names its parameter', async (t) => {
  const { ask, calls } = await open(t)
  const refused = async (url: string, parameter: string, detail: RegExp) => {
    const { status, type, json } = await ask('GET', url)
    t.match({ status, type, json }, { status: 400, type: 'application/problem+json', json: { code: 'PARAMETER_REFUSED', status: 400, parameter, detail } }, url)
  }
  await refused('/customers/7/overview?first=many', 'first', /^The query parameter "first" does not fit: Int cannot represent non-integer value: "many"\.$/)
  await refused('/customers/7/overview?first=', 'first', /Int cannot represent/)
  await refused('/customers/7/overview?first=2.5', 'first', /Int cannot represent/)
  await refused('/customers/7/overview?first=99999999999', 'first', /Int cannot represent/)
  await refused('/customers/7/overview?first=1&first=2', 'first', /Int cannot represent/)
  await refused('/products?cheap=yes', 'cheap', /Boolean cannot represent/)
  await refused('/products?kind=green', 'kind', /Value "green" does not exist in "Kind" enum\.$/)
  await refused('/cheap/few', 'count', /^The path parameter "count" does not fit: Int/)
  t.strictSame(calls(), [])
})

t.test('bodies', async (t) => {
  const { ask, gateway, bodies, calls } = await open(t)
  t.match(await ask('PUT', '/customers/7', { body: { name: 'Bea' } }), { status: 200, json: { id: '7', name: 'Bea' }, headers: { 'cache-control': 'no-store' } })
  t.match(await ask('PUT', '/customers/7', { body: { name: 7 } }), { status: 400, json: { parameter: 'body', detail: /^The body does not fit at name: String cannot represent/ } })
  t.match(await ask('PUT', '/customers/7', { body: { name: 'x', other: 1 } }), { status: 400, json: { detail: /Field "other" is not defined/ } })
  t.match(await ask('PUT', '/customers/7'), { status: 400, json: { parameter: 'body', detail: 'The body is missing.' } })
  const typeless = await gateway.app.inject({ method: 'PUT', url: '/customers/7', headers: { 'x-api-key': 'reader', 'content-type': 'text/plain' }, payload: '{"name":"x"}' })
  t.match([typeless.statusCode, typeless.json()], [415, { code: 'MEDIA_TYPE_UNSUPPORTED' }])
  const broken = await gateway.app.inject({ method: 'PUT', url: '/customers/7', headers: { 'x-api-key': 'reader', 'content-type': 'application/json' }, payload: '{' })
  t.match([broken.statusCode, broken.json()], [400, { code: 'BAD_REQUEST' }])
  t.match(await ask('PUT', '/customers/9', { body: { name: 'Bea' } }), { status: 422, json: { status: 422, code: 'SERVICE_ERROR', detail: /No such name/ } }, 'what the service says to the request')
  t.match(await ask('POST', '/customers/7/nick', { body: { name: { last: 'Cy' } } }), { status: 200 })
  t.match(await ask('POST', '/customers/7/nick', { body: { name: 'Cy' } }), { status: 400, json: { parameter: 'body.name.last' } })
  t.match(await ask('DELETE', '/customers/7'), { status: 200, json: null }, 'a change may answer with nothing')
  t.strictSame(calls(), ['PUT /customers/7', 'PUT /customers/9', 'PUT /customers/7', 'DELETE /customers/7'])
  t.strictSame(bodies(), ['{"name":"Bea"}', '{"name":"Bea"}', '{"name":"Cy","nick":"nick-7"}', ''])
})

t.test('authorization is that of the fields and of the services', async (t) => {
  const { ask, calls } = await open(t)
  const anonymous = await ask('GET', '/customers/7/overview', { as: null })
  t.match(anonymous, { status: 401, type: 'application/problem+json', json: { code: 'UNAUTHENTICATED', errors: [{ pointer: '#', code: 'UNAUTHENTICATED' }] } })
  t.match(anonymous.headers['www-authenticate'], /\S/)
  t.match(await ask('GET', '/customers/7/overview', { as: 'wrong' }), { status: 401, json: { code: 'API_KEY_UNKNOWN' } })
  t.match(await ask('GET', '/secret'), { status: 403, json: { code: 'FORBIDDEN', detail: /secrets/ } })
  t.match(await ask('GET', '/customers/7/overview', { as: 'nobody' }), { status: 403, json: { code: 'FORBIDDEN', detail: /customers:read/ } })
  t.match(await ask('PUT', '/customers/7', { as: null, body: { name: 'x' } }), { status: 401 })
  t.strictSame(calls(), [])
})

t.test('there is nothing at the address of a query without a value', async (t) => {
  const { ask } = await open(t)
  t.match(await ask('GET', '/customers/8/overview'), { status: 404, type: 'application/problem+json', json: { code: 'NOT_FOUND' } })
})

t.test('an answer that is not whole is a problem, unless the route says how it shows holes', async (t) => {
  const { ask } = await open(t)
  t.match(await ask('GET', '/customers/7/advised'), {
    status: 502, json: { code: 'SERVICE_ERROR', status: 502, errors: [{ code: 'SERVICE_ERROR', pointer: '#/advice' }] }, headers: { 'cache-control': 'no-store' },
  })
  const partial = await ask('GET', '/customers/7/partial')
  t.match(partial, { status: 200, json: { data: { name: 'Ada', advice: null }, errors: [{ code: 'SERVICE_ERROR', pointer: '#/advice' }] } })
  t.match(await ask('GET', '/customers/8/partial'), { status: 404 })
  t.match(await ask('GET', '/customers/7/partial', { as: null }), { status: 401 }, 'without any data there is no part of an answer')
  const { ask: other } = await open(t, { said: { 'GET /advice': { json: 'none' }, 'GET /orders': { json: {} } } })
  t.match(await other('GET', '/customers/7/partial'), { status: 200, json: { data: { orders: null }, errors: [{ code: 'SERVICE_ANSWER_INVALID' }] } })
  const { ask: whole } = await open(t, { said: { 'GET /advice': { json: 'none' } } })
  t.strictSame((await whole('GET', '/customers/7/partial')).json, { data: { name: 'Ada', orders: [{ id: '1' }, { id: '2' }], advice: 'none' } })
  const { ask: twice } = await open(t, { said: { 'GET /orders': { json: {} } } })
  t.match(await twice('GET', '/customers/7/advised'), { status: 502, json: { code: 'ANSWER_INCOMPLETE', errors: [{ pointer: '#/orders' }, { pointer: '#/advice' }] } })
})

t.test('limits count its calls, as in GraphQL', async (t) => {
  const { ask, calls } = await open(t, { limit: '4/d' })
  t.match(await ask('GET', '/customers/7/overview'), { status: 200, headers: { ratelimit: /^"heavy";r=2;/ } })
  t.match(await ask('GET', '/customers/7/advised'), { status: 429, json: { code: 'RATE_LIMITED' }, headers: { 'retry-after': /^\d+$/, ratelimit: /^"heavy";r=2;/ } })
  t.match(await ask('GET', '/customers/7/overview'), { status: 200, headers: { ratelimit: /^"heavy";r=0;/ } })
  t.equal(calls().length, 4)
})

t.test('@cache hints are told to caches', async (t) => {
  const { ask } = await open(t)
  t.match((await ask('GET', '/products', { as: null })).headers, { 'cache-control': 'private, max-age=60', vary: /x-api-key/ })
})

t.test('what answered in the place of a service is told, and not kept', async (t) => {
  const { ask } = await open(t, { said: { 'GET /products': { status: 503 } }, service: 'fallback: { respond: { status: 200, json: [{ sku: spare }] } }' })
  t.match(await ask('GET', '/products', { as: null }), { status: 200, json: [{ sku: 'spare' }], headers: { 'x-sluice-fallback': 'static', 'cache-control': 'no-store' } })
})

t.test('an idempotency key holds for a change that is an operation', async (t) => {
  const { gateway, calls } = await open(t)
  const rename = () => gateway.app.inject({
    method: 'PUT', url: '/customers/7', headers: { 'x-api-key': 'reader', 'idempotency-key': 'one' }, payload: { name: 'Bea' },
  })
  const first = await rename()
  const second = await rename()
  t.match([first.statusCode, second.statusCode, second.headers['idempotency-replayed']], [200, 200, 'true'])
  t.equal(second.body, first.body)
  t.equal(calls().length, 1)
})

t.test('what cannot work is told when the gateway is built', async (t) => {
  const problems = async (route: string, message: RegExp) => {
    await t.rejects(buildFrom(t, files('http://127.0.0.1:1', { routes: `\n  x: ${route}` })), { message }, route)
  }
  const get = (to: string, path = '/x/{id}') => `{ match: { methods: [GET], path: "${path}" }, to: ${to} }`
  await problems(get('{ operation: Overvew }'), /^routes\/gateway\.yaml:\d+:\d+: routes\.x\.to\.operation: the manifest has no operation "Overvew"; did you mean "Overview"\?$/)
  await problems(get('{ operation: Rename, variables: { input: "{body}" } }'), /a request with this method has no body to read/)
  await problems(get('{ operation: Forget }'), /a mutation is for POST, PUT, PATCH and DELETE/)
  await problems('{ match: { methods: [POST], path: "/x/{id}" }, to: { operation: Overview } }', /a query is for GET/)
  await problems('{ match: { methods: [GET, POST], path: "/x/{id}" }, to: { operation: Overview } }', /an operation is one of the two/)
  await problems('{ match: { path: "/x/{id}" }, to: { operation: Overview } }', /the methods are missing in match/)
  await problems('{ match: { methods: [PUT], path: "/x/{id}" }, to: { operation: Rename } }', /the variable \$input has no source: a RenameInput! cannot come from the query; give it one in "variables"/)
  await problems(get('{ operation: Overview, variables: { frist: "{id}" } }'), /routes\.x\.to\.variables\.frist: the operation has no variable \$frist; did you mean "first"\?/)
  await problems(get('{ operation: Overview, variables: { first: few } }'), /routes\.x\.to\.variables\.first: this does not fit: Int cannot represent/)
  await problems(get('{ operation: Overview, variables: { id: "{idd}" } }'), /\{idd\} is not a parameter of match\.path; did you mean "id"\?/)
  await problems(get('{ operation: Overview, variables: { id: "{identity.subject}" } }'), /\{identity\.subject\} is for the fields of the operation themselves/)
  await problems('{ match: { methods: [PUT], path: "/x/{id}" }, to: { operation: Rename, variables: { input: { nam: "{body.x}" } } } }', /RenameInput has no field "nam"; did you mean "name"\?/)
  await problems('{ match: { methods: [PUT], path: "/x/{id}" }, to: { operation: Rename, variables: { input: { nick: "{body.x}" } } } }', /the field "name" of RenameInput is missing/)
  await problems(get('{ operation: Overview, service: shop }'), /keep one of "service" and "operation"/)
  await problems(get('{ operation: Overview, path: /y }'), /"path" is about calls to a service/)
  await problems(get('{ service: shop, partial: true }'), /"partial" is about an operation/)
  await problems(get('{}'), /the key "service" is missing, or "operation"/)
})
