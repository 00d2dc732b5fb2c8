import { hash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { request } from 'undici'
import t, { type Test } from 'tap'
import { startBackend } from '../../backend.ts'
import { freePorts } from '../../free-port.ts'
import { startGateway } from '../../gateway.ts'
import { get, receive, startWire } from '../../hostile/wire.ts'

function config(services: string, route = 'shop'): Record<string, string> {
  return {
    'routes/keys.txt': ['ada', 'bob'].map((name) => `sha256:${hash('sha256', name)} ${name}\n`).join(''),
    'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0 } }
identity: { keys: { type: api-key, keys: "\${file:keys.txt}" } }
defaults: { auth: { providers: [keys], required: false } }
services:${services}
routes:
  all: { match: { path: /* }, to: { service: ${route} } }
graphql: { path: /graphql }
`,
    'schema/shop.graphql': `
type Query { thing(id: ID!): Thing @public @rest(service: "${route}", get: "/things/{id}") }
type Thing { id: ID! }
`,
  }
}

async function ask(url: string, options: { method?: 'GET' | 'HEAD' | 'POST'; headers?: Record<string, string>; body?: string } = {}) {
  const { statusCode, headers, body } = await request(url, options)
  return { status: statusCode, headers, text: await body.text(), fallback: headers['x-sluice-fallback'] }
}

/** A service that answers with what the client is and that breaks on demand. */
async function startShop(t: Test) {
  let broken = false
  const backend = await startBackend(t, ({ url, headers }, response: ServerResponse) => {
    if (broken) return void response.writeHead(503).end('sorry')
    response.setHeader('x-sluice-fallback', 'pretended')
    response.end(JSON.stringify({ id: '1', url, who: headers['x-who'] ?? 'nobody' }))
  })
  return { backend, breaks: () => (broken = true) }
}

const who = 'identity: { headers: { x-who: "{identity.subject}" } }'

t.test('each client gets its own last answer while the service is broken', async (t) => {
  const { backend, breaks } = await startShop(t)
  const { url, lines, runtime } = await startGateway(t, config(`
  shop: { targets: [{ url: "${backend.url}" }], ${who}, retry: { attempts: 1 }, fallback: { stale: {} } }`))
  const as = (name: string) => ask(`${url}/things/1?x`, { headers: { 'x-api-key': name, 'x-request-id': String(Math.random()) } })
  const [ada, bob] = [await as('ada'), await as('bob')]
  t.match([ada, bob], [{ text: /"who":"ada"/, fallback: undefined }, { text: /"who":"bob"/, fallback: undefined }])
  breaks()
  t.match(await as('ada'), { status: 200, text: ada.text, fallback: 'stale', headers: { age: /^\d+$/ } })
  t.match(await as('bob'), { status: 200, text: bob.text, fallback: 'stale' })
  t.match(await ask(`${url}/things/1?x`), { status: 503, text: 'sorry', fallback: undefined }, 'nobody has asked before')
  const head = await ask(`${url}/things/1?x`, { method: 'HEAD', headers: { 'x-api-key': 'ada' } })
  t.match(head, { status: 200, text: '', fallback: 'stale', headers: { 'content-length': String(ada.text.length) } })
  t.match(await lines.when(({ status, method }) => method === 'HEAD' && status === 200), { calls: [{ service: 'shop', status: 200, fallback: 'stale' }] })
  const { values } = await runtime.metrics.services.fallbacks.get()
  t.match(values, [{ labels: { service: 'shop', kind: 'stale' }, value: 3 }])
})

t.test('what is remembered outlives a reload of a service that stays as it is', async (t) => {
  const { backend, breaks } = await startShop(t)
  const services = (more = '') => config(`
  shop: { targets: [{ url: "${backend.url}" }], retry: { attempts: 1 }, fallback: { stale: {} }${more} }`)
  const { url, write, reloader } = await startGateway(t, services())
  const { text } = await ask(`${url}/things/1`)
  breaks()
  write({ ...services(), 'routes/more.yaml': 'routes: { more: { match: { path: /more }, respond: {} } }\n' })
  await reloader.reload()
  t.match(await ask(`${url}/things/1`), { text, fallback: 'stale' })
  write(services(', naming: snake_case'))
  await reloader.reload()
  t.match(await ask(`${url}/things/1`), { status: 503, fallback: undefined })
})

t.test('another service and a fixed answer step in for one that is not there', async (t) => {
  const [port = 0] = await freePorts(1)
  const { backend, breaks } = await startShop(t)
  const { url, lines } = await startGateway(t, config(`
  spare: { targets: [{ url: "${backend.url}" }], ${who}, retry: { attempts: 1 }, access: [{ path: /secret, claims: { sub: ada } }] }
  shop: { targets: [{ url: "http://127.0.0.1:${port}" }], retry: { attempts: 1 }, fallback: { service: spare, respond: { status: 203, json: { id: none } } } }`))
  t.match(await ask(`${url}/things/1`, { headers: { 'x-api-key': 'ada' } }), { status: 200, text: /"url":"\/things\/1","who":"ada"/, fallback: 'service' })
  t.match(await ask(`${url}/secret`, { headers: { 'x-api-key': 'bob' } }), { status: 203, text: '{"id":"none"}', fallback: 'static' })
  const line = await lines.when(({ status }) => status === 200)
  t.match(line, { calls: [{ service: 'spare', fallback: null }, { service: 'shop', fallback: 'service' }] })
  breaks()
  t.match(await ask(`${url}/things/1`), { status: 203, headers: { 'content-type': 'application/json' }, fallback: 'static' })
  t.match(await ask(`${url}/things/1`, { method: 'POST', body: 'x' }), { status: 502, fallback: undefined })
})

t.test('an operation says which of its answers are stand-ins', async (t) => {
  const { backend, breaks } = await startShop(t)
  const { url } = await startGateway(t, config(`
  shop: { targets: [{ url: "${backend.url}" }], retry: { attempts: 1 }, fallback: { stale: {} } }`))
  const query = async () => {
    const body = JSON.stringify({ query: '{ thing(id: 1) { id } again: thing(id: "1") { id } }' })
    return JSON.parse((await ask(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).text) as unknown
  }
  const data = { thing: { id: '1' }, again: { id: '1' } }
  t.same(await query(), { data })
  breaks()
  t.same(await query(), { data, extensions: { sluice: { fallbacks: [{ service: 'shop', kind: 'stale' }] } } })
})

t.test("only Sluice says that an answer is a fallback's", async (t) => {
  const target = await startWire(t, (socket) => void socket.write(
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Sluice-Fallback: stale\r\nTrailer: X-Sluice-Fallback, X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sluice-Fallback: stale\r\nX-Sum: 1\r\n\r\n',
  ))
  const { url } = await startGateway(t, config(`
  shop: { targets: [{ url: "${target}" }] }`))
  const { bytes } = await receive(url, get('/x').replace('\r\n\r\n', '\r\nTE: trailers\r\nX-Sluice-Fallback: static\r\n\r\n'))
  t.match(bytes, /x-sum: 1/i)
  t.notMatch(bytes, /x-sluice-fallback/i)
  const backend = await startBackend(t)
  const echo = await startGateway(t, config(`
  shop: { targets: [{ url: "${backend.url}" }] }`))
  await ask(echo.url, { headers: { 'x-sluice-fallback': 'static' } })
  t.equal(backend.seen[0]?.headers['x-sluice-fallback'], undefined)
})
