import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { startBackend } from './backend.ts'
import { startGateway } from './gateway.ts'

const files = (target: string) => ({
  'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0 } }
identity:
  partners: { type: api-key, header: x-api-key, keys: "" }
services:
  s: { targets: [{ url: "${target}" }], naming: snake_case }
defaults: { auth: { providers: [partners] } }
routes:
  open: { match: { methods: [GET, POST], path: "/open/{id}" }, auth: none, to: { service: s, path: "/things/{id}" } }
  guarded: { match: { path: "/guarded/*" }, to: { service: s, path: "/*" } }
graphql: { auth: { required: false } }
`,
  'schema/thing.graphql': `
type Query { thing(id: ID!): Thing @rest(service: "s", get: "/things/{id}") @public }
type Thing { url: String }
`,
})

async function raw(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(bytes)
  return Buffer.concat((await socket.toArray()) as Buffer[]).toString()
}

function head(path: string, headers = '', method = 'GET'): string {
  return `${method} ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${headers}\r\n`
}

const post = (body: string, type = 'application/json') =>
  head('/graphql', `Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`, 'POST') + body

const cases: Record<string, [string, number, string]> = {
  'no HTTP at all': ['garbage\r\n\r\n', 400, 'BAD_REQUEST'],
  'no Host': ['GET /open/1 HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'BAD_REQUEST'],
  'a Host that is none': ['GET /open/1 HTTP/1.1\r\nHost: a b/c\r\nConnection: close\r\n\r\n', 400, 'BAD_REQUEST'],
  'headers too large': [head('/open/1', `X: ${'x'.repeat(20_000)}\r\n`), 431, 'HEADERS_TOO_LARGE'],
  'an unknown route': [head('/none'), 404, 'ROUTE_NOT_FOUND'],
  'a wrong method': [head('/open/1', '', 'DELETE'), 405, 'METHOD_NOT_ALLOWED'],
  'an unknown method': [head('/open/1', '', 'PROPFIND'), 405, 'METHOD_NOT_ALLOWED'],
  'dots in the path': [head('/open/..'), 400, 'PATH_NOT_PLAIN'],
  'encoded dots': [head('/open/%2e%2e'), 400, 'PATH_NOT_PLAIN'],
  'an encoded slash': [head('/open/a%2fb'), 400, 'PATH_NOT_PLAIN'],
  'an empty id': [head('/open/'), 404, 'ROUTE_NOT_FOUND'],
  'no credential': [head('/guarded/x'), 401, 'UNAUTHENTICATED'],
  'an unknown key': [head('/guarded/x', 'X-Api-Key: nobody\r\n'), 401, 'API_KEY_UNKNOWN'],
  'a repeated credential': [head('/guarded/x', 'X-Api-Key: a\r\nX-Api-Key: b\r\n'), 400, 'HEADER_REPEATED'],
  'GraphQL: garbage JSON': [post('{"query":'), 400, 'BAD_REQUEST'],
  'GraphQL: JSON that is no object': [post('[1]'), 400, 'BAD_REQUEST'],
  'GraphQL: a wrong content type': [post('<x/>', 'text/xml'), 415, 'MEDIA_TYPE_UNSUPPORTED'],
  'GraphQL: malformed': [post('{"query":"{ thing( }"}'), 200, 'GRAPHQL_PARSE_FAILED'],
  'GraphQL: an unknown field': [post('{"query":"{ nothing }"}'), 200, 'GRAPHQL_VALIDATION_FAILED'],
  'GraphQL: an id that would change the path': [post('{"query":"{ thing(id: \\"..\\") { url } }"}'), 200, 'PARAMETER_REFUSED'],
  'GraphQL: an id with a slash': [post('{"query":"{ thing(id: \\"a/b\\") { url } }"}'), 200, 'PARAMETER_REFUSED'],
  'GraphQL: an empty id': [post('{"query":"{ thing(id: \\"\\") { url } }"}'), 200, 'PARAMETER_REFUSED'],
  'GraphQL: a bad key although none is needed': [post('{"query":"{ __typename }"}').replace('Host: a', 'Host: a\r\nX-Api-Key: nobody'), 401, 'API_KEY_UNKNOWN'],
}

async function begin(t: Test) {
  const backend = await startBackend(t)
  return { backend, ...(await startGateway(t, files(backend.url))) }
}

t.test('bad input gets its code and a sentence, and reaches no service', async (t) => {
  const { url, backend } = await begin(t)
  for (const [name, [bytes, status, code]] of Object.entries(cases)) {
    const answer = await raw(url, bytes)
    t.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), name)
    const body = answer.slice(answer.indexOf('\r\n\r\n') + 4)
    t.match(body, new RegExp(`"code":"${code}"`), name)
    t.match(body, /"(detail|message)":"[A-Z][^"]{10,}[.;]?/, `${name} says what to change`)
    t.notMatch(body, /node_modules|\.ts:\d|127\.0\.0\.1/, name)
  }
  t.same(backend.seen, [])
  t.match(await raw(url, head('/open/1')), /^HTTP\/1\.1 200 /, 'and the process goes on')
})

t.test('a wrong method says which there are', async (t) => {
  const { url } = await begin(t)
  t.match(await raw(url, head('/open/1', '', 'DELETE')), /\r\nallow: GET, HEAD, POST\r\n/i)
})
