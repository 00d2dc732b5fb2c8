import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serverAudits } from 'graphql-http'
import t, { type Test } from 'tap'
import { compose, exchange, limits, type Composed } from './fixture.ts'

const sdl = `
  type Query {
    hello(name: String!): String @public @rest(service: "shop", get: "/hello/{name}")
    node: Node @public @rest(service: "shop", get: "/node")
  }
  type Node { id: ID!  name: String  next: Node  again: String @public @rest(service: "shop", get: "/again/{parent.id}") }
  type Mutation { change: String @public @rest(service: "shop", post: "/change") }
`

const composed = (options?: Parameters<typeof compose>[2]) => compose(sdl, ({ path }) => ({ json: path.startsWith('/node') ? { id: 1, name: 'n' } : 'hi' }), options)

async function serve(t: Test, { endpoint }: Composed): Promise<string> {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const [path = '', query] = (request.url ?? '').split('?')
    const asked = exchange({
      method: request.method ?? 'GET', path, query: query === undefined ? '' : `?${query}`, headers: { ...request.headers },
    })
    const { status, headers, body } = await endpoint.handle(asked, chunks.length === 0 ? null : Buffer.concat(chunks))
    response.writeHead(status, headers).end(body)
  }
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => new Promise((resolve) => { server.close(resolve); server.closeAllConnections() }))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
}

t.test('every audit of graphql-http passes', async (t) => {
  const url = await serve(t, composed())
  const audits = serverAudits({ url })
  t.equal(audits.length, 61)
  for (const audit of audits) {
    const result = await audit.fn()
    t.equal(result.status === 'ok' ? 'ok' : result.reason, 'ok', `${audit.id} ${audit.name}`)
  }
})

const json = { 'content-type': 'application/json', accept: 'application/graphql-response+json' }

t.test('requests that are no GraphQL requests', async (t) => {
  const { endpoint, calls } = composed()
  const post = (body: string | Buffer | null, headers: Record<string, string> = json) => {
    return endpoint.handle(exchange({ headers }), body === null ? null : Buffer.from(body))
  }
  const get = (query: string, headers: Record<string, string> = { accept: '*/*' }, method = 'GET') => {
    return endpoint.handle(exchange({ method, query, headers }), null)
  }
  const refused = async (answer: ReturnType<typeof post>, status: number, code: string) => {
    const { status: given, body, headers } = await answer
    t.equal(given, status)
    const { errors } = JSON.parse(String(body))
    t.match(errors, [{ message: /^\S.+/, extensions: { code } }], String(body))
    t.notMatch(String(body), /stack|node_modules|originalError|gateway\//)
    return headers
  }
  const ask = JSON.stringify({ query: '{ hello(name: "x") }' })
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/graphql', 'application/json; charset=utf-16', 'text/plain,application/json']) {
    await refused(post(ask, { 'content-type': type }), 415, 'MEDIA_TYPE_UNSUPPORTED')
  }
  await refused(post(ask, {}), 415, 'MEDIA_TYPE_UNSUPPORTED')
  await refused(post('{"query":'), 400, 'BAD_REQUEST')
  await refused(post(null), 400, 'BAD_REQUEST')
  await refused(post('null'), 400, 'BAD_REQUEST')
  await refused(post('7'), 400, 'BAD_REQUEST')
  await refused(post(`[${ask}]`), 400, 'BAD_REQUEST')
  await refused(post('{}'), 400, 'BAD_REQUEST')
  await refused(post('{"query":"{"}'), 400, 'GRAPHQL_PARSE_FAILED')
  await refused(post('{"query":"{ nothing }"}'), 400, 'GRAPHQL_VALIDATION_FAILED')
  await refused(post('{"query":"subscription { x }"}'), 400, 'GRAPHQL_VALIDATION_FAILED')
  await refused(post('{"query":"query($n: String!) { hello(name: $n) }","variables":{"n":{}}}'), 400, 'GRAPHQL_VALIDATION_FAILED')
  await refused(post('{"query":"query A { node { id } } query B { node { id } }"}'), 400, 'BAD_REQUEST')
  await refused(post('{"query":"query A { node { id } }","operationName":"Z"}'), 400, 'BAD_REQUEST')
  await refused(get('?query={__typename}&variables=x'), 400, 'BAD_REQUEST')
  await refused(get(''), 400, 'BAD_REQUEST')
  const headers = await refused(get('?query=mutation{change}'), 405, 'METHOD_NOT_ALLOWED')
  t.equal(headers['allow'], 'POST')
  await refused(get('', {}, 'DELETE'), 405, 'METHOD_NOT_ALLOWED')
  t.equal(calls.length, 0)
  const head = await get('?query={hello(name:"x")}', {}, 'HEAD')
  t.equal(head.status, 200)
  t.same(JSON.parse(String(head.body)), { data: { hello: 'hi' } })
  t.equal(head.headers['cache-control'], 'no-store')
})

t.test('input that is nested without end is refused before anything reads it', async (t) => {
  const { endpoint, logged, calls } = composed()
  const lists = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  const objects = (depth: number) => '{"sub":'.repeat(depth) + '1' + '}'.repeat(depth)
  const statusOf = async (variables: string) => {
    const body = `{"query":"{ hello(name: \\"x\\") }","variables":{"f":${variables}}}`
    const posted = await endpoint.handle(exchange({ headers: json }), Buffer.from(body))
    const got = variables.length > 10_000 ? posted
      : await endpoint.handle(exchange({ method: 'GET', query: `?query={hello(name:"x")}&variables={"f":${variables}}` }), null)
    t.equal(got.status, posted.status)
    if (posted.status !== 200) t.match(JSON.parse(String(posted.body)), { errors: [{ message: /nested more than 100 deep/, extensions: { code: 'BAD_REQUEST' } }] })
    return posted.status
  }
  t.equal(await statusOf(lists(98)), 200)
  t.equal(await statusOf(lists(101)), 400)
  t.equal(await statusOf(objects(3000)), 400)
  t.equal(await statusOf(lists(100_000)), 400)
  t.equal(await statusOf(objects(60_000)), 400)
  t.strictSame(logged, [])
  t.equal(calls.length, 2, 'one by POST and one by GET')
})

t.test('operations that are too large are refused before any call', async (t) => {
  const { ask, calls } = composed()
  const refused = async (query: string, message: RegExp) => {
    const { data, errors } = await ask(query)
    t.equal(data, undefined)
    t.match(errors, [{ message, extensions: { code: 'OPERATION_TOO_LARGE' } }])
    t.equal(errors?.length, 1)
  }
  await refused(`{ node ${'{ next '.repeat(12)} { id } ${'}'.repeat(12)} }`, /14 fields deep/)
  await refused(`{ ${Array.from({ length: 31 }, (_, index) => `a${index}: node { id }`).join(' ')} }`, /31 aliases/)
  await refused(`{ ${'node { id } '.repeat(600)} }`, /2000 tokens/)
  await refused(`{ node { ...F } } fragment F on Node { ${Array.from({ length: 8 }, (_, i) => `b${i}: id`).join(' ')} n1: next { ...G } n2: next { ...G } } fragment G on Node { ${Array.from({ length: 11 }, (_, i) => `c${i}: id`).join(' ')} }`, /32 aliases/)
  const bomb = ['query { node { ...F0 } }', ...Array.from({ length: 60 }, (_, i) => `fragment F${i} on Node { ...F${i + 1} ...F${i + 1} ...F${i + 1} }`), 'fragment F60 on Node { id }']
  await refused(bomb.join(' '), /more than 2000 fields/)
  await refused(`{ ${'node{id}'.repeat(490)} }`, /too often/)
  await refused(`{ ${'node{id}'.repeat(490)} }`, /too often/)
  t.equal(calls.length, 0)
})

t.test('fragment cycles are a matter of validation', async (t) => {
  const { errors } = await composed().ask('{ node { ...F } } fragment F on Node { next { ...F } }')
  t.match(errors, [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }])
})

t.test('an operation that could make more calls than it may makes none; equal ones count once', async (t) => {
  const { ask, calls } = composed({ operations: { ...limits, calls: 3 } })
  const hello = (...names: string[]) => `{ ${names.map((name, index) => `h${index}: hello(name: "${name}")`).join(' ')} }`
  const { data, errors } = await ask(hello('a', 'b', 'c', 'd'))
  t.equal(data, undefined)
  t.match(errors, [{ message: /could make up to 4 calls/, extensions: { code: 'OPERATION_TOO_LARGE' } }])
  t.equal(calls.length, 0)
  t.same((await ask(hello('a', 'b', 'c', 'a'))).data, { h0: 'hi', h1: 'hi', h2: 'hi', h3: 'hi' })
  t.equal(calls.length, 3)
})

t.test('the playground\'s introspection is not too deep', async (t) => {
  const { getIntrospectionQuery } = await import('graphql')
  const { errors, data } = await composed().ask(getIntrospectionQuery())
  t.equal(errors, undefined)
  t.ok(data.__schema)
})

t.test('operation names in the access log are bounded', async (t) => {
  const name = 'N'.repeat(500)
  const { exchange: asked } = await composed().ask(`query ${name} { node { id } }`)
  t.equal(asked.record.fields['graphqlOperation'], `query ${'N'.repeat(100)}`)
})
