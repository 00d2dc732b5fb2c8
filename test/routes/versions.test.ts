import t from 'tap'
import { startBackend } from '../backend.ts'
import { buildFrom } from '../gateway.ts'
import { filesOf, problemsOf } from './ask.ts'

const routes = `
  v1: { match: { path: /orders }, deprecated: { since: 2026-01-01, sunset: 2027-01-01, link: "https://shop.example/v2" }, to: { service: s, path: /v1/orders } }
  v2: { match: { path: /orders, accept: application/vnd.shop.v2+json }, to: { service: s, path: /v2/orders } }
  v3: { match: { path: /orders, accept: application/vnd.shop.v3+json }, to: { service: s, path: /v3/orders } }
  new: { match: { path: /orders, headers: { api-version: "4" } }, to: { service: s, path: /v4/orders } }
  other: { match: { path: /others }, to: { service: s } }`

t.test('versions by media type and by header', async (t) => {
  const backend = await startBackend(t)
  const { gateway } = await buildFrom(t, filesOf(backend.url, routes))
  const cases: [string | undefined, string][] = [
    [undefined, 'v1'],
    ['*/*', 'v1'],
    ['application/*', 'v1'],
    ['application/json', 'v1'],
    ['application/vnd.shop.v2+json', 'v2'],
    ['Application/vnd.SHOP.v2+json; charset=utf-8', 'v2'],
    ['application/json, application/vnd.shop.v3+json;q=0.1', 'v3'],
    ['application/vnd.shop.v2+json;q=0', 'v1'],
    ['application/vnd.shop.v2+json;q=0.5, application/vnd.shop.v3+json', 'v3'],
    ['application/vnd.shop.v2+json, application/vnd.shop.v3+json;q=0.9', 'v2'],
    ['application/vnd.shop.v22+json', 'v1'],
  ]
  for (const [accept, version] of cases) {
    const answer = await gateway.app.inject({ url: '/orders', headers: accept === undefined ? {} : { accept } })
    t.equal(answer.json<{ url: string }>().url, `/${version}/orders`, String(accept))
    t.equal(answer.headers['vary'], 'accept, api-version', 'caches are told of both')
    t.equal('deprecation' in answer.headers, version === 'v1')
  }
  t.equal((await gateway.app.inject({ url: '/orders', headers: { 'api-version': '4' } })).json().url, '/v4/orders')
  t.notOk('vary' in (await gateway.app.inject('/others')).headers)
})

t.test('a deprecated route says so in every answer, refusals too', async (t) => {
  const backend = await startBackend(t, (_request, response) => response.writeHead(200, { link: '</orders?page=2>; rel="next"' }).end())
  const { gateway } = await buildFrom(t, filesOf(backend.url, `
  v1: { match: { path: /v1/* }, size: { url: 20B }, deprecated: { since: 2026-01-01, sunset: 2027-01-01, link: "https://shop.example/v2", successor: /v2 }, to: { service: s } }`))
  const answer = await gateway.app.inject('/v1/orders')
  t.match(answer.headers, { deprecation: '@1767225600', sunset: 'Fri, 01 Jan 2027 00:00:00 GMT' })
  t.equal([answer.headers['link']].flat().join(', '),
    '</orders?page=2>; rel="next", <https://shop.example/v2>; rel="deprecation"; type="text/html", </v2>; rel="successor-version"')
  const refused = await gateway.app.inject(`/v1/${'x'.repeat(30)}`)
  t.match(refused, { statusCode: 414, headers: { deprecation: '@1767225600' } })
})

t.test('a more specific path decides before a media type, a method too', async (t) => {
  const backend = await startBackend(t)
  const { gateway } = await buildFrom(t, filesOf(backend.url, `
  wide: { match: { path: "/a/*", accept: text/x }, to: { service: s, path: /wide } }
  exact: { match: { path: /a/b }, to: { service: s, path: /exact } }
  post: { match: { path: /a/c, methods: [POST] }, to: { service: s, path: /post } }
  typed: { match: { path: /a/c, methods: [POST], accept: text/x }, to: { service: s, path: /typed } }`))
  const headers = { accept: 'text/x' }
  const urlOf = async (method: 'GET' | 'POST', url: string) => {
    const answer = await gateway.app.inject({ method, url, headers })
    return [answer.json<{ url?: string }>().url, answer.headers['vary']]
  }
  t.same(await urlOf('GET', '/a/b'), ['/exact', 'accept'])
  t.same(await urlOf('POST', '/a/c'), ['/typed', 'accept'])
  t.same(await urlOf('GET', '/a/c'), ['/wide', 'accept'])
})

t.test('a request that asks for none of the media types that there are is told of them', async (t) => {
  const backend = await startBackend(t)
  const { gateway } = await buildFrom(t, filesOf(backend.url, `
  v1: { match: { path: /orders, methods: [GET], accept: application/vnd.shop.v1+json }, to: { service: s, path: /v1 } }
  v2: { match: { path: /orders, methods: [GET], accept: application/vnd.shop.v2+json }, to: { service: s, path: /v2 } }
  post: { match: { path: /orders, methods: [POST], accept: text/x }, to: { service: s, path: /post } }
  keyed: { match: { path: /keyed, accept: text/x, headers: { api-key: "1" } }, to: { service: s, path: /keyed } }`))
  const ask = (accept: string | undefined, method: 'GET' | 'HEAD' | 'POST' | 'PUT' = 'GET', url = '/orders') =>
    gateway.app.inject({ method, url, headers: accept === undefined ? {} : { accept } })
  for (const accept of [undefined, '*/*', 'text/html', 'text/x', 'application/vnd.shop.v1+json;q=0']) {
    const answer = await ask(accept)
    t.match([answer.statusCode, answer.json()], [406, {
      code: 'NOT_ACCEPTABLE', detail: /application\/vnd\.shop\.v1\+json, application\/vnd\.shop\.v2\+json/, mediaTypes: ['application/vnd.shop.v1+json', 'application/vnd.shop.v2+json'],
    }], String(accept))
  }
  t.equal((await ask('application/vnd.shop.v2+json', 'HEAD')).statusCode, 200)
  t.equal((await ask('text/html', 'HEAD')).statusCode, 406)
  t.match((await ask('text/html', 'POST')).json(), { code: 'NOT_ACCEPTABLE', mediaTypes: ['text/x'] })
  t.match(await ask('text/x', 'PUT'), { statusCode: 405, headers: { allow: 'GET, HEAD, POST' } }, 'no method, no type')
  t.equal((await ask('text/html', 'PUT')).statusCode, 405)
  t.equal((await ask('text/html', 'GET', '/keyed')).statusCode, 404, 'its route is for others')
  t.equal((await ask('text/html', 'GET', '/none')).statusCode, 404)
  t.equal(backend.seen.length, 1)
})

t.test('what is wrong has a place', async (t) => {
  t.same(await problemsOf(t, `
  a: { match: { path: /a, accept: text/x }, to: { service: s } }
  b: { match: { path: /a, accept: text/x }, to: { service: s } }
  c: { match: { path: /c, accept: "text/*" }, to: { service: s } }
  d: { match: { path: /d }, deprecated: { since: 2026-02-30 }, to: { service: s } }
  e: { match: { path: /e }, deprecated: { since: 2026-02-02, sunset: 2026-01-01 }, to: { service: s } }
  f: { match: { path: /f }, deprecated: { since: soon }, to: { service: s } }
  g: { match: { path: /g }, deprecated: { sunset: 2026-02-02, link: "javascript:x" }, to: { service: s } }`), [
    'routes/gateway.yaml:7:8: routes.b.match: the same requests match routes.a, in routes/gateway.yaml:6:8; tell them apart by host, path, method or header',
    'routes/gateway.yaml:8:35: routes.c.match.accept: "text/*" is not a media type in lower case and without parameters, such as application/vnd.shop.v2+json',
    'routes/gateway.yaml:9:50: routes.d.deprecated.since: "2026-02-30" is no day of the calendar',
    'routes/gateway.yaml:10:70: routes.e.deprecated.sunset: the sunset is before the deprecation',
    'routes/gateway.yaml:11:50: routes.f.deprecated.since: "soon" is not a date such as 2026-01-31, or a time such as 2026-01-31T12:00:00Z',
    'routes/gateway.yaml:12:29: the key "since" is missing in routes.g.deprecated',
    'routes/gateway.yaml:12:69: routes.g.deprecated.link: "javascript:x" is not an address that starts with https:// or "/", without spaces',
  ])
})
