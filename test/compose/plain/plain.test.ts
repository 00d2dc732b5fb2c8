import { createHash } from 'node:crypto'
import { serverAudits } from 'graphql-http'
import { parse } from 'graphql'
import t from 'tap'
import { SluiceError } from '../../../src/errors.ts'
import { anonymous } from '../../../src/identity.ts'
import { ada, bind, limits, type Said } from '../fixture.ts'
import { Twins, type Asked, type TwinParts } from './twins.ts'

const sdl = `
  enum Size { SMALL LARGE }
  scalar JSON
  type Query {
    hello(name: String!, size: Size): String @public @cache(maxAge: 60) @rest(service: "shop", get: "/hello/{name}")
    node: Node @public @rest(service: "shop", get: "/node")
    mine: Node @rest(service: "shop", get: "/mine")
    secret: Node! @auth(scopes: ["secret"]) @rest(service: "shop", get: "/secret")
    lost: Node @public @rest(service: "shop", get: "/lost")
    kept: String @public @rest(service: "shop", get: "/kept")
    any: JSON @public @rest(service: "shop", get: "/any")
    many: [Item!]! @public @list(max: 3) @rest(service: "shop", get: "/many")
  }
  type Item { id: ID! }
  type Node { id: ID!  name: String  next: Node  size: Size  again: String @public @rest(service: "shop", get: "/again/{parent.id}") }
  type Mutation { change(size: Size): String @public @rest(service: "shop", post: "/change")  secret: String @auth(scopes: ["secret"]) @rest(service: "shop", post: "/secret") }
`

const said: Readonly<Record<string, Said>> = {
  '/node': { json: { id: 1, name: 'n\u2028 \ud800"', size: 'HUGE', next: { name: 'no id' } } },
  '/secret': { json: null },
  '/lost': { status: 503, json: { message: 'internal' } },
  '/kept': { json: 'old', fallback: 'stale' },
  '/any': { json: JSON.parse('{"10":1,"9":{"__proto__":-0},"a":[1e21,0.1,"\\ud83d"]}') },
  '/many': { json: [{ id: 1 }, { id: null }, 7] },
  '/again/1': { fail: new SluiceError('SERVICE_UNREACHABLE', 'The service could not be reached.') },
}

function twins(parts: Pick<TwinParts, 'settings' | 'parts'> = {}): Twins {
  const loaded = bind(sdl, { shop: {} })
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems))
  return new Twins({ bound: loaded.bound, services: ['shop'], answers: ({ path }) => said[path] ?? { json: 'hi' }, ...parts })
}

const accepts = ['application/json', 'application/graphql-response+json', '*/*', 'text/plain', 'multipart/mixed, application/json;q=0.5', 'text/event-stream', '']

/** The same request by POST and by GET, with everything that can be accepted. */
function written(body: Readonly<Record<string, unknown>>): Asked[] {
  const query = `?${new URLSearchParams(Object.entries(body).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)])).toString()}`
  return accepts.flatMap((accept) => [
    { body, exchange: { identity: ada, headers: { 'content-type': 'application/json', accept } } },
    ...['GET', 'HEAD'].map((method) => ({ exchange: { identity: ada, method, query, headers: { accept, 'apollo-require-preflight': '1' } } })),
  ])
}

const bodies: Readonly<Record<string, unknown>>[] = [
  { query: '{ hello(name: "x") }' },
  { query: '{ node { id name __proto__: name } many { id } any }' },
  { query: '{ node { size next { id } again } }' },
  { query: '{ secret { id } hello(name: "") }' },
  { query: '{ mine { id } lost { id } kept }' },
  { query: '{ __schema { queryType { name } } hello(name: "x") }' },
  { query: '{ __typename }' },
  { query: '{ helo }' },
  { query: '{' },
  { query: '' },
  { query: 7 },
  { query: 'subscription { x }' },
  { query: 'mutation { change }' },
  { query: 'mutation { change secret }' },
  { query: 'query A { kept } query B { mine { id } } mutation C { change }', operationName: 'A' },
  { query: 'query A { kept } query B { mine { id } } mutation C { change }', operationName: 'C' },
  { query: 'query A { kept } query B { mine { id } } mutation C { change }', operationName: 'Z' },
  { query: 'query A { kept } query B { mine { id } } mutation C { change }', operationName: '' },
  { query: 'query A { kept } query B { mine { id } } mutation C { change }' },
  { query: '{ kept }', operationName: 7 },
  { query: '{ kept }', operationName: null },
  ...[undefined, null, {}, 7, 'x', [], { n: 1 }, { n: 'x', s: 'SMAL' }, { n: 'x', s: 'LARGE' }, { n: 'x', other: 1 }].map((variables) => ({
    query: 'query($n: String!, $s: Size) { hello(name: $n, size: $s) }', ...variables === undefined ? {} : { variables },
  })),
  ...[null, {}, { a: 1 }, 7, 'x', []].map((extensions) => ({ query: '{ kept }', extensions })),
  { query: '{ kept }', stray: 1 },
  { query: '{ kept }', stray: null, id: undefined },
  { query: '{ kept }', documentId: 'unknown' },
  { query: `{ ${'node { id } '.repeat(400)} }` },
  { query: `{ ${Array.from({ length: 20 }, (_, index) => `h${index}: hello(name: "${index}")`).join(' ')} }` },
]

t.test('answers are the same byte for byte, whoever writes them', async (t) => {
  const found = twins()
  for (const body of bodies) {
    for (const asked of written(body)) t.strictSame(await found.compare(asked), [])
  }
  t.ok(found.count.passed > 300, `${found.count.passed} of ${found.count.asked} passed yoga by`)
})

t.test('bodies and methods that are no GraphQL requests, and what only one client may know', async (t) => {
  const found = twins({ settings: { introspection: { scopes: ['schema'] }, operations: { ...limits, calls: 2, cost: 3 } } })
  const identities = [ada, anonymous, { ...ada, scopes: new Set(['schema', 'secret']) }]
  for (const body of [...bodies.map((each) => JSON.stringify(each)), '', '[', '[]', 'null', '7', '[{"query":"{kept}"}]']) {
    for (const identity of identities) t.strictSame(await found.compare({ body, exchange: { identity } }), [])
  }
  for (const method of ['PUT', 'DELETE', 'OPTIONS', 'QUERY']) t.strictSame(await found.compare({ exchange: { method } }), [])
  for (const type of ['text/plain', 'multipart/form-data; boundary=x', 'application/json; charset=utf-16']) {
    t.strictSame(await found.compare({ body: { query: '{ kept }' }, exchange: { headers: { 'content-type': type } } }), [])
  }
  t.strictSame(await found.compare({ exchange: { method: 'GET', query: '?query={kept}', headers: { accept: 'text/html' } } }), [])
  t.strictSame(await found.compare({ exchange: { method: 'GET', query: '?query={kept}', headers: {} } }), [])
  t.ok(found.count.passed > 20)
})

t.test('explanations, what caches are told, and documents by hash', async (t) => {
  const hash = (text: string) => createHash('sha256').update(text).digest('hex')
  const persisted = (text: string) => ({ persistedQuery: { version: 1, sha256Hash: hash(text) } })
  const trusted = { textById: new Map([['known', '{ kept }']]), documentByText: new Map([['{ kept }', parse('{ kept }')]]) }
  const found = twins({
    settings: { explain: { scopes: [] }, documents: { only: false, apq: true } },
    parts: { trusted, cache: { personal: new Set(['shop']), credentials: ['authorization'] } },
  })
  const headers = { 'content-type': 'application/json', accept: 'application/json', 'x-sluice-explain': 'plan' }
  for (const body of bodies) t.strictSame(await found.compare({ body, exchange: { identity: ada, headers } }), [])
  const [hello, bad] = ['{ hello(name: "x") }', '{ helo }']
  for (const body of [
    { extensions: persisted(hello) }, { query: hello, extensions: persisted(hello) }, { extensions: persisted(hello) },
    { query: bad, extensions: persisted(bad) }, { extensions: persisted(bad) }, { query: hello, extensions: persisted(bad) },
    { documentId: 'known' }, { documentId: 'unknown' }, { documentId: 'known', query: hello },
  ]) {
    for (const asked of written(body)) t.strictSame(await found.compare(asked), [])
  }
  t.ok(found.count.passed > 30)
})

t.test('what limits refuse, and what nobody expects', async (t) => {
  const found = twins()
  const settled: number[] = []
  const settle = (made: number) => void settled.push(made)
  const asked = (charge: Asked['charge']): Asked => ({ body: { query: '{ kept node { again } }' }, exchange: { identity: ada }, ...charge === undefined ? {} : { charge } })
  t.strictSame(await found.compare(asked({ take: () => undefined, settle })), [])
  t.strictSame(settled, [3, 3, 3, 3])
  const refusal = new SluiceError('RATE_LIMITED', 'Enough.', { headers: { 'retry-after': '7' } })
  t.strictSame(await found.compare(asked({ take: () => refusal, settle })), [])
  t.strictSame(await found.compare(asked({ take: () => Promise.reject(refusal), settle })), [])
  t.strictSame(await found.compare(asked({ take: () => Promise.reject(new Error('secret')), settle })), [])
  const { answer } = await found.ask(asked({ take: () => refusal, settle }))
  t.match(answer, { status: 429, headers: { 'retry-after': '7' } })
})

t.test('every audit of graphql-http sees the same', async (t) => {
  const found = twins()
  const fetchFn = async (input: string, { method = 'GET', headers = {}, body }: { method?: string, headers?: Record<string, string>, body?: string } = {}) => {
    const exchange = { method, query: new URL(input).search, headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])) }
    const { answer, differences } = await found.ask({ exchange, ...body === undefined ? {} : { body } })
    t.strictSame(differences, [])
    return new Response(answer.body.toString(), { status: answer.status, headers: Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)])) })
  }
  for (const audit of serverAudits({ url: 'http://gateway.test/graphql', fetchFn })) {
    const result = await audit.fn()
    t.equal(result.status, 'ok', `${audit.id} ${audit.name}`)
  }
  t.ok(found.count.passed > 20)
})
