import t from 'tap'
import fc from 'fast-check'
import { authenticate } from '../../plugins/authenticate.ts'
import { cors } from '../../plugins/cors.ts'
import type { AnswerHead } from '../../src/policy.ts'
import { exchangeOf, partsOf, routeOf } from './exchange.ts'

const { parts } = partsOf({ identity: { partners: { type: 'api-key', header: 'x-api-key', keys: '' } } })

const settings = {
  origins: ['https://shop.example.com', 'https://*.example.org', 'http://*.test:8080'],
  headers: ['authorization', 'content-type'],
  exposed: ['x-request-id'],
  credentials: true,
  maxAge: 600_000,
}

function asking(more: Partial<typeof settings> & { methods?: string[] } = {}, headers: AnswerHead['headers'] = {}) {
  return routeOf([cors], { cors: { ...settings, ...more } }, parts, { headers })
}

const from = (origin: string) => exchangeOf({ headers: { origin } })
const preflight = (origin: string, method = 'POST') =>
  exchangeOf({ method: 'OPTIONS', headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': 'authorization' } })

t.test('a page of a listed origin may read the answer', async (t) => {
  const { headers, arrived } = await asking()(from('https://shop.example.com'))
  t.ok(arrived)
  t.match(headers, {
    'access-control-allow-origin': 'https://shop.example.com',
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': 'x-request-id',
    vary: 'Origin',
  })
})

t.test('errors can be read too', async (t) => {
  const auth = { providers: ['partners'], required: true, failures: { count: 20, periodMs: 60_000 } }
  const ask = routeOf([cors, authenticate], { cors: settings, auth }, parts)
  t.match(await ask(from('https://shop.example.com')), {
    status: 401,
    headers: { 'access-control-allow-origin': 'https://shop.example.com', vary: 'Origin' },
  })
})

t.test('another origin gets no CORS header, and none that the service gives', async (t) => {
  const service = { 'access-control-allow-origin': 'https://evil.test', 'access-control-allow-credentials': 'true', vary: 'Accept' }
  for (const origin of ['https://evil.test', 'null', '', 'https://shop.example.com.evil.test', 'http://shop.example.com']) {
    const { headers, arrived } = await asking({}, service)(from(origin))
    t.ok(arrived, 'the request itself is not stopped')
    t.same(Object.keys(headers).filter((name) => name.startsWith('access-control') && headers[name] !== undefined), [])
    t.equal(headers['vary'], 'Accept, Origin')
  }
})

t.test('a request without an origin varies as well', async (t) => {
  const { headers } = await asking()(exchangeOf())
  t.equal(headers['vary'], 'Origin')
  t.equal(headers['access-control-allow-origin'], undefined)
})

t.test('wildcards stand for whole labels', async (t) => {
  const allows = async (origin: string) => (await asking()(from(origin))).headers['access-control-allow-origin'] === origin
  for (const origin of ['https://a.example.org', 'https://a.b-1.example.org', 'http://x.test:8080']) t.ok(await allows(origin), origin)
  for (const origin of [
    'https://example.org', 'https://.example.org', 'http://a.example.org', 'https://evil-example.org', 'https://evil/.example.org',
    'https://evil.test#.example.org', 'https://a.example.org:8443', 'https://a..example.org', 'http://x.test', 'http://x.test:80801',
  ]) t.notOk(await allows(origin), origin)
})

t.test('no origin is reflected that is not listed', async () => {
  const ask = asking()
  await fc.assert(
    fc.asyncProperty(fc.webUrl(), async (url) => {
      const { origin } = new URL(url)
      const { headers } = await ask(from(origin))
      const listed = /^https:\/\/(shop\.example\.com|[a-z0-9.-]+\.example\.org)$/.test(origin)
      if (!listed && headers['access-control-allow-origin'] !== undefined) throw new Error(origin)
    }),
  )
})

t.test('all origins are allowed by name of none', async (t) => {
  const ask = asking({ origins: ['*'], credentials: false })
  const { headers } = await ask(from('https://any.test'))
  t.equal(headers['access-control-allow-origin'], '*')
  t.equal(headers['access-control-allow-credentials'], undefined)
  t.equal(headers['vary'], undefined, 'the answer is the same for all')
})

t.test('a preflight is answered before authentication', async (t) => {
  const auth = { providers: ['partners'], required: true, failures: { count: 20, periodMs: 60_000 } }
  const ask = routeOf([cors, authenticate], { cors: settings, auth }, parts)
  const { status, headers, arrived } = await ask(preflight('https://shop.example.com'))
  t.notOk(arrived)
  t.equal(status, 204)
  t.match(headers, {
    'access-control-allow-origin': 'https://shop.example.com',
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET, POST, HEAD',
    'access-control-allow-headers': 'authorization, content-type',
    'access-control-max-age': '600',
    vary: 'Access-Control-Request-Method, Access-Control-Request-Headers, Origin',
  })
})

t.test('a preflight of another origin is told nothing', async (t) => {
  const { status, headers } = await asking()(preflight('https://evil.test'))
  t.equal(status, 204)
  t.same(Object.keys(headers), ['vary'])
})

t.test('methods can be listed, and an OPTIONS that asks nothing goes on', async (t) => {
  const { headers } = await asking({ methods: ['PUT'] })(preflight('https://shop.example.com'))
  t.equal(headers['access-control-allow-methods'], 'PUT')
  t.ok((await asking()(exchangeOf({ method: 'OPTIONS', headers: { origin: 'https://shop.example.com' } }))).arrived)
})

t.test('a route without the policy has no part in it', async (t) => {
  t.equal(cors.apply({ name: 'r', kind: 'rest', methods: null, policies: {} }, undefined, parts), undefined)
})

t.test('check: every origin with credentials, or beside others', async (t) => {
  const route = { name: 'r', kind: 'rest', methods: null, policies: {} } as const
  const check = (more: object) => cors.check?.({ ...settings, ...more }, route, parts.config)
  t.match(check({ origins: ['https://a.test', '*'] }), [{ pointer: '/origins/1', message: /credentials/ }])
  t.match(check({ origins: ['*', 'https://a.test'], credentials: false }), [{ pointer: '/origins/0', message: /alone/ }])
  t.same(check({}), [])
})
