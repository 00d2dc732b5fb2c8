import t from 'tap'
import fc from 'fast-check'
import { headers } from '../../plugins/headers.ts'
import type { Config } from '../../src/config/config.ts'
import type { Exchange } from '../../src/exchange.ts'
import { anonymous } from '../../src/identity.ts'
import { exchangeOf, partsOf, routeOf } from './exchange.ts'

const { parts } = partsOf()
const nothing = { set: {}, add: {}, remove: [] }
const known = { ...anonymous, subject: 'u-1', claims: { org: { name: 'acme' }, bad: 'a\r\nx-evil: 1' } }

async function sent(request: object, more: Partial<Exchange> = {}) {
  const exchange = exchangeOf({ identity: known, parameters: { id: '7' }, ...more })
  const outcome = await routeOf([headers], { headers: { request: { ...nothing, ...request } } }, parts)(exchange)
  return { ...outcome, outgoing: exchange.outgoing }
}

async function given(answer: object, service: Record<string, string | string[]> = {}, more: Partial<Exchange> = {}) {
  return routeOf([headers], { headers: { answer: { ...nothing, ...answer } } }, parts, { headers: service })(
    exchangeOf({ identity: known, parameters: { id: '7' }, ...more }))
}

t.test('what a service is sent', async (t) => {
  const { outgoing } = await sent(
    { set: { 'X-Tenant': 'org-{identity.claims.org.name}', 'x-order': '{id}' }, add: { 'x-tag': 'new', 'x-more': 'one' }, remove: ['X-Debug'] },
    { headers: { 'x-tenant': 'forged', 'x-debug': '1', 'x-tag': 'old', accept: '*/*' } },
  )
  t.match(outgoing, { 'x-tenant': 'org-acme', 'x-order': '7', 'x-tag': ['old', 'new'], 'x-more': 'one', 'x-debug': undefined, accept: '*/*' })
})

t.test('a field that has no value is taken out, so that a forged one cannot stand in for it', async (t) => {
  const forged = { 'x-tenant': 'forged', x_tenant: 'forged', 'x-tag': 'old' }
  const { outgoing } = await sent(
    { set: { 'x-tenant': '{identity.claims.none}' }, add: { 'x-tag': '{identity.claims.none}' } }, { headers: forged, identity: anonymous })
  t.equal(outgoing['x-tenant'], undefined)
  t.equal(outgoing['x_tenant'], undefined)
  t.equal(outgoing['x-tag'], 'old')
})

t.test('what the client gets', async (t) => {
  const answer = { set: { 'cache-control': 'no-store', 'x-id': '{id}' }, add: { vary: 'x-tenant', 'set-cookie': 'b=2' }, remove: ['server'] }
  const { headers: got } = await given(answer, { server: 'x/1', vary: 'accept', 'cache-control': 'public', 'set-cookie': ['a=1'] })
  t.match(got, { server: undefined, 'cache-control': 'no-store', 'x-id': '7', vary: ['accept', 'x-tenant'], 'set-cookie': ['a=1', 'b=2'] })
})

t.test('a value that a header cannot carry is refused before the call', async (t) => {
  t.match(await sent({ set: { 'x-a': '{identity.claims.bad}' } }), { status: 400, code: 'PARAMETER_REFUSED', arrived: false })
  t.match(await given({ set: { 'x-a': '{identity.claims.bad}' } }), { status: 400, code: 'PARAMETER_REFUSED', arrived: false })
})

t.test('no value of a parameter can add a field', async () => {
  await fc.assert(fc.asyncProperty(fc.string({ unit: 'binary' }), async (id) => {
    const { outgoing, status } = await sent({ set: { 'x-a': 'v{id}' } }, { parameters: { id } })
    if (status === 200 && /[\r\n\0]/.test(String(outgoing['x-a']))) throw new Error(JSON.stringify(outgoing))
    if (status !== 200 && status !== 400) throw new Error(String(status))
  }))
})

t.test('GraphQL has no request of its own to change', async (t) => {
  const exchange = exchangeOf({ headers: { a: '1' } })
  await routeOf([headers], { headers: { request: { ...nothing, remove: ['a'] } } }, parts, { info: { kind: 'graphql' } })(exchange)
  t.equal(exchange.outgoing['a'], '1')
})

const services = { s: { identity: { headers: { 'X-User-Id': '{identity.subject}' } }, forward: ['Authorization'] } }
const routes = { r: { match: { path: '/orders/{id}' }, to: { service: 's' }, policies: {} } }
const config = { ...parts.config, services, routes } as unknown as Config

function check(settings: object, kind: 'rest' | 'graphql' = 'rest') {
  return headers.check?.(settings, { name: 'r', kind, methods: null, policies: {} }, config)
}

t.test('check: what Sluice answers for itself', async (t) => {
  const own = ['Host', 'content-length', 'Transfer-Encoding', 'Connection', 'keep-alive', 'TE', 'Upgrade', 'Proxy-Authorization', 'X-Request-Id',
    'X-Forwarded-For', 'x-forwarded-prefix', 'Forwarded', 'x-user-id', 'authorization', 'Sec-WebSocket-Key']
  for (const name of own) {
    t.match(check({ request: { ...nothing, set: { [name]: 'x' } } }), [{ pointer: `/request/set/${name}`, message: /Sluice itself/ }], name)
    t.match(check({ request: { ...nothing, remove: ['x', name] } }), [{ pointer: '/request/remove/1', message: /Sluice itself/ }], name)
  }
  for (const name of ['content-length', 'Transfer-Encoding', 'connection', 'Content-Encoding', 'x-request-id', 'RateLimit', 'Access-Control-Allow-Origin']) {
    t.match(check({ answer: { ...nothing, add: { [name]: 'x' } } }), [{ pointer: `/answer/add/${name}` }], name)
  }
})

t.test('check: templates', async (t) => {
  t.same(check({ request: { ...nothing, set: { a: '{id} {identity.claims.x}' } } }), [])
  for (const text of ['{idd}', '{parent.id}', '{id', 'a\nb', '{?id}']) {
    t.match(check({ answer: { ...nothing, set: { a: text } } }), [{ pointer: '/answer/set/a' }], text)
  }
  t.match(check({ answer: { ...nothing, set: { a: '{id}' } } }, 'graphql'), [{ message: /not a parameter/ }])
  t.match(check({ answer: { ...nothing, add: { 'Content-Type': 'x' } } }), [{ pointer: '/answer/add/Content-Type', message: /one value/ }])
})
