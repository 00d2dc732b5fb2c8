import t from 'tap'
import { startBackend } from '../backend.ts'
import { buildFrom, startGateway } from '../gateway.ts'
import { ask, bytesOf, filesOf, problemsOf } from './ask.ts'

t.test('a service sees the headers of the route, and no forged ones', async (t) => {
  const backend = await startBackend(t)
  const { url } = await startGateway(t, filesOf(backend.url, `
  r:
    match: { path: "/t/{tenant}/*" }
    headers:
      request:
        set: { X-Tenant: "{tenant}", x-plan: "{identity.claims.plan}", authorization: "Bearer ours" }
        add: { x-via: sluice }
        remove: [x-debug, cookie]
      answer: { set: { cache-control: no-store, x-tenant: "{tenant}" }, add: { x-list: b }, remove: [x-powered-by] }
    to: { service: s, path: "/*" }`))
  const response = await ask(`${url}/t/acme/x`, {
    headers: {
      connection: 'x-tenant, x-via', 'x-tenant': 'forged', x_tenant: 'forged', 'x-plan': 'gold', 'x-via': 'me', 'x-debug': '1', cookie: 'a=1',
      'x-kept': '1', 'x-user-id': 'forged',
    },
  })
  t.equal(response.statusCode, 200)
  const { headers } = JSON.parse((await bytesOf(response)).toString()) as { headers: Record<string, string> }
  t.match(headers, { 'x-tenant': 'acme', 'x-via': 'sluice', 'x-kept': '1', authorization: 'Bearer ours' })
  for (const name of ['x_tenant', 'x-plan', 'x-debug', 'cookie', 'x-user-id', 'connection']) t.not(headers[name], 'forged', name)
  for (const name of ['x_tenant', 'x-plan', 'x-debug', 'cookie', 'x-user-id']) t.notOk(name in headers, name)
  t.match(response.headers, { 'cache-control': 'no-store', 'x-tenant': 'acme', 'x-list': 'b' })
})

t.test("a field that is added stands beside the service's own", async (t) => {
  const backend = await startBackend(t, (_request, response) => {
    response.writeHead(200, ['X-List', 'a', 'X-Powered-By', 'php', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2; HttpOnly'])
    response.end()
  })
  const { gateway } = await buildFrom(t, filesOf(backend.url, `
  r:
    match: { path: /a }
    cookies: {}
    headers: { answer: { add: { x-list: b, set-cookie: "c=3" }, remove: [x-powered-by] } }
    to: { service: s }`))
  const { headers } = await gateway.app.inject('/a')
  t.same([headers['x-list']].flat().join(', '), 'a, b')
  t.notOk('x-powered-by' in headers)
  t.same(headers['set-cookie'], ['a=1; Secure; HttpOnly; SameSite=Lax', 'b=2; HttpOnly; Secure; SameSite=Lax', 'c=3; Secure; HttpOnly; SameSite=Lax'])
})

t.test('a value that no header can carry makes no call', async (t) => {
  const backend = await startBackend(t)
  const { gateway } = await buildFrom(t, filesOf(backend.url, `
  request: { match: { path: "/q/{x}" }, headers: { request: { set: { x-a: "{x}" } } }, to: { service: s } }
  answer: { match: { path: "/p/{x}" }, headers: { answer: { set: { x-a: "{x}" } } }, to: { service: s } }`))
  for (const path of ['/q/%E2%82%AC', '/p/%E2%82%AC', '/q/%C2%85', '/p/%C2%85']) {
    t.match((await gateway.app.inject(path)).json(), { status: 400, code: 'PARAMETER_REFUSED' }, path)
  }
  t.same(backend.seen, [])
  t.equal((await gateway.app.inject('/q/%C3%A9')).statusCode, 200)
})

t.test('defaults and routes complete each other, and problems have a place', async (t) => {
  const backend = await startBackend(t)
  const { gateway } = await buildFrom(t, filesOf(backend.url, `
  r: { match: { path: /a }, headers: { request: { set: { x-b: "2" } } }, to: { service: s } }`,
  'defaults: { headers: { request: { set: { x-a: "1" } }, answer: { set: { x-c: "3" } } } }'))
  const answer = await gateway.app.inject('/a')
  t.match(answer.json(), { headers: { 'x-a': '1', 'x-b': '2' } })
  t.equal(answer.headers['x-c'], '3')
  t.same(await problemsOf(t, `
  r:
    match: { path: "/a/{id}" }
    headers:
      request:
        set: { x-a: "{ids}", X-User-Id: me }
        remove: [host]
      answer: { add: { etag: '"1"' } }
    cookies: { sameSite: loose }
    to: { service: s }`), [
    'routes/gateway.yaml:10:21: routes.r.headers.request.set.x-a: {ids} is not a parameter of match.path; did you mean "id"?',
    'routes/gateway.yaml:10:41: routes.r.headers.request.set.X-User-Id: X-User-Id is not for routes to change; Sluice itself answers for it',
    'routes/gateway.yaml:11:18: routes.r.headers.request.remove.0: host is not for routes to change; Sluice itself answers for it',
    'routes/gateway.yaml:12:30: routes.r.headers.answer.add.etag: etag can only have one value; use "set"',
    'routes/gateway.yaml:13:26: routes.r.cookies.sameSite: "loose" is not one of "strict", "lax", "none"',
  ])
})

t.test('who may not call is told before anything else, also where there is nothing', async (t) => {
  const backend = await startBackend(t)
  const { gateway } = await buildFrom(t, filesOf(backend.url, '  r: { match: { path: /a }, to: { service: s } }',
    'defaults: { addresses: { deny: ["::ffff:127.0.0.0/104"] } }'))
  for (const path of ['/a', '/none', '/a/%2e']) t.equal((await gateway.app.inject(path)).statusCode, 403, path)
  t.equal((await gateway.app.inject({ url: '/a', remoteAddress: '::ffff:127.0.0.1' })).statusCode, 403)
  t.equal((await gateway.app.inject({ url: '/a', remoteAddress: '192.0.2.1' })).statusCode, 200)
  t.same(await problemsOf(t, '  r: { match: { path: /a }, addresses: { allow: [10.0.0.0/40] }, to: { service: s } }'), [
    'routes/gateway.yaml:5:50: routes.r.addresses.allow.0: "10.0.0.0/40" is not an address or a CIDR such as 10.0.0.0/8',
  ])
})

t.test('behind a trusted proxy, the address that it vouches for counts', async (t) => {
  const backend = await startBackend(t)
  const { gateway } = await buildFrom(t, filesOf(backend.url, '  r: { match: { path: /a }, addresses: { allow: [192.0.2.0/24] }, to: { service: s } }',
    'trustedProxies: [127.0.0.1]'))
  const from = async (forwarded: string) => (await gateway.app.inject({ url: '/a', headers: { 'x-forwarded-for': forwarded } })).statusCode
  t.equal(await from('192.0.2.9'), 200)
  t.equal(await from('::ffff:192.0.2.9'), 200)
  t.equal(await from('192.0.2.9, 198.51.100.1'), 403, 'the rightmost that is not trusted')
})

t.test('security headers are on every answer, and in shadow a filter only tells', async (t) => {
  const backend = await startBackend(t)
  const { gateway, lines } = await buildFrom(t, filesOf(backend.url, `
  r: { match: { path: /a }, to: { service: s } }
  s: { match: { path: /shadow }, addresses: { mode: shadow, deny: [127.0.0.1] }, to: { service: s } }`))
  for (const path of ['/a', '/none', '/a//b']) {
    t.match((await gateway.app.inject(path)).headers, { 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer' }, path)
  }
  t.equal((await gateway.app.inject('/shadow')).statusCode, 200)
  t.match(await lines.when(({ path }) => path === '/shadow'), { shadow: [{ policy: 'addresses', code: 'FORBIDDEN' }] })
})
