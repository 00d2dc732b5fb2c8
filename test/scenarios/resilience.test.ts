import t, { type Test } from 'tap'
import { startBackend, type Backend } from '../backend.ts'
import { startGateway } from '../gateway.ts'

const config = (service: string, to = '') => ({
  'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0 } }
services:
  shop:
${service.trim().split('\n').map((line) => `    ${line.trim()}`).join('\n')}
routes:
  all: { match: { path: /* }, to: { service: shop${to} } }
`,
})

const targetsOf = (...urls: string[]) => `targets: [${urls.map((url) => `{ url: "${url}" }`).join(', ')}]`

/** A service that answers each request with the next of these statuses, and then with 200. */
function answering(t: Test, ...statuses: number[]): Promise<Backend> {
  return startBackend(t, (_request, response, body) => {
    response.statusCode = statuses.shift() ?? 200
    response.end(body)
  })
}

t.test('a service is told how long its answer is waited for, whatever the client says', async (t) => {
  const shop = await answering(t)
  const { url } = await startGateway(t, config(`${targetsOf(shop.url)}\ntimeout: { attempt: 4s, total: 3s }`, ', timeout: { total: 1500ms }'))
  await fetch(`${url}/a`, { headers: { 'x-request-deadline': '99999999', x_request_deadline: '1' } })
  const told = Number(shop.seen[0]?.headers['x-request-deadline'])
  t.ok(told > 0 && told <= 1500, `${told} ms`)
  t.notOk('x_request_deadline' in (shop.seen[0]?.headers ?? {}))
})

t.test('a target that refuses connections costs nobody anything, not even a write', async (t) => {
  const shop = await answering(t)
  const { url } = await startGateway(t, config(targetsOf('http://127.0.0.1:1', shop.url)))
  for (let index = 0; index < 10; index++) {
    const answer = await fetch(`${url}/a`, { method: 'POST', body: `write ${index}` })
    t.equal(await answer.text(), `write ${index}`)
  }
  t.same(shop.seen.map(({ body }) => body).sort(), Array.from({ length: 10 }, (_, index) => `write ${index}`))
})

t.test('a read is tried again after 503, a write is not; the log and the metrics tell', async (t) => {
  const shop = await answering(t, 503, 200, 503)
  const { url, lines, runtime } = await startGateway(t, config(targetsOf(shop.url)))
  t.equal((await fetch(`${url}/read`)).status, 200)
  t.equal((await fetch(`${url}/write`, { method: 'POST', body: 'x' })).status, 503)
  t.same(shop.seen.map(({ method }) => method), ['GET', 'GET', 'POST'])
  const line = await lines.when(({ path }) => path === '/read')
  t.match(line, { calls: [{ service: 'shop', status: 200, attempts: 2, target: shop.url, breaker: 'closed' }] })
  const metrics = await runtime.metrics.registry.metrics()
  t.match(metrics, /sluice_tries_total\{service="shop",reason="503"\} 1/)
  t.match(metrics, /sluice_tries_total\{service="shop",reason="first"\} 2/)
})

t.test('a write with a key is tried again where the service says that it honours it', async (t) => {
  const key = { method: 'POST', body: 'x', headers: { 'idempotency-key': 'k' } }
  const without = await answering(t, 503)
  const plain = await startGateway(t, config(targetsOf(without.url)))
  t.equal((await fetch(plain.url, key)).status, 503)
  const honours = await answering(t, 503)
  const { url } = await startGateway(t, config(`${targetsOf(honours.url)}\nretry: { idempotencyKey: true }`))
  t.equal((await fetch(url, key)).status, 200)
  t.same(honours.seen.map(({ body }) => body), ['x', 'x'])
})

t.test('a service that fails is left alone; a reload that does not concern it does not change that', async (t) => {
  const shop = await startBackend(t, (_request, response) => response.writeHead(500).end())
  const files = config(`${targetsOf(shop.url)}\nbreaker: { minimum: 5, openFor: 1h }`)
  const { url, write, reloader, runtime } = await startGateway(t, files)
  for (let index = 0; index < 5; index++) t.equal((await fetch(url)).status, 500)
  const refused = await fetch(url)
  t.equal(refused.status, 503)
  t.equal(refused.headers.get('retry-after'), '3600')
  t.match(await refused.json(), { code: 'BREAKER_OPEN' })
  t.equal(shop.seen.length, 5)
  write({ 'routes/more.yaml': 'routes: { other: { match: { path: /other }, respond: { body: x } } }' })
  await reloader.reload()
  t.equal((await fetch(`${url}/other`)).status, 200)
  t.equal((await fetch(url)).status, 503)
  t.equal(shop.seen.length, 5)
  t.match(await runtime.metrics.registry.metrics(), /sluice_breaker_changes_total\{service="shop",state="open"\} 1/)
})

t.test('a breaker in shadow is heard and does nothing', async (t) => {
  const shop = await startBackend(t, (_request, response) => response.writeHead(500).end())
  const { url, lines } = await startGateway(t, config(`${targetsOf(shop.url)}\nbreaker: { minimum: 5, mode: shadow }`))
  for (let index = 0; index < 6; index++) t.equal((await fetch(`${url}/${index}`)).status, 500)
  t.match(await lines.when(({ path }) => path === '/5'), { calls: [{ shadow: ['breaker'], breaker: 'open' }] })
})

t.test('a canary takes its share, and who asks for it', async (t) => {
  const [stable, canary] = await Promise.all([answering(t), answering(t)])
  const { url } = await startGateway(t, config(
    `targets: [{ url: "${stable.url}" }, { url: "${canary.url}", group: canary }]`,
    ', split: { rules: [{ if: header.x-canary, is: "1", group: canary }], shares: { canary: 50% }, by: cookie.session }',
  ))
  for (let index = 0; index < 40; index++) await fetch(url, { headers: { cookie: `session=${index % 20}` } })
  const sessions = ({ seen }: Backend) => new Set(seen.map(({ headers }) => headers.cookie))
  t.equal(stable.seen.length + canary.seen.length, 40)
  t.same([...sessions(stable)].filter((cookie) => sessions(canary).has(cookie)), [], 'a session keeps its group')
  t.ok(canary.seen.length > 0 && stable.seen.length > 0)
  const before = canary.seen.length
  await fetch(url, { headers: { 'x-canary': '1' } })
  t.equal(canary.seen.length, before + 1)
})
