import t from 'tap'
import { compileAccess } from '../../src/services/access.ts'
import { anonymous } from '../../src/identity.ts'

const segmentsOf = (path: string) => (path === '/' ? [] : path.slice(1).split('/').map(decodeURIComponent))
const someone = (...scopes: string[]) => ({ subject: 'ada', provider: 'main', scopes: new Set(scopes), claims: { tenant: 'acme' }, expiresAt: null })

const access = compileAccess([
  { methods: ['GET'], path: '/orders/*', scopes: ['orders:read'] },
  { methods: ['POST', 'PATCH'], path: '/orders/*', scopes: ['orders:write'] },
  { path: '/orders/{id}/refunds', scopes: ['refunds'] },
  { path: '/tenants/acme', claims: { tenant: 'acme' } },
  { path: '/tenants/other', claims: { tenant: 'other' } },
  { path: '/me' },
])
const ask = (method: string, path: string, identity: Parameters<typeof access>[2]) => access(method, segmentsOf(path), identity)?.message ?? 'ok'

t.test('rules hold for their methods and paths', async (t) => {
  t.equal(ask('GET', '/orders', someone('orders:read')), 'ok')
  t.match(ask('GET', '/orders', someone()), 'orders:read')
  t.match(ask('POST', '/orders/7/lines', someone('orders:read')), 'orders:write')
  t.equal(ask('DELETE', '/orders/7', someone()), 'ok', 'no rule speaks of it')
  t.equal(ask('GET', '/products', anonymous), 'ok')
})

t.test('HEAD is as good as GET', async (t) => {
  t.match(ask('HEAD', '/orders/7', someone()), 'orders:read')
})

t.test('every rule that matches must hold', async (t) => {
  t.match(ask('GET', '/orders/7/refunds', someone('orders:read')), 'refunds')
  t.match(ask('GET', '/orders/7/refunds', someone('refunds')), 'orders:read')
  t.equal(ask('GET', '/orders/7/refunds', someone('refunds', 'orders:read')), 'ok')
})

t.test('claims count, and being known where nothing else is asked', async (t) => {
  t.equal(ask('GET', '/tenants/acme', someone()), 'ok')
  t.match(ask('GET', '/tenants/other', someone()), 'tenant')
  t.equal(ask('GET', '/me', someone()), 'ok')
  t.equal(access('GET', ['me'], anonymous)?.code, 'UNAUTHENTICATED')
  t.ok(access('GET', ['me'], anonymous)?.headers['www-authenticate'])
})

t.test('a path that a service may read as another one is both', async (t) => {
  for (const path of ['/me/', '/me;v=1', '/me;/', '/me%3Bv=1', '/me//']) t.match(ask('GET', path, anonymous), 'send a credential', path)
  t.match(ask('GET', '/orders;v=1/7', someone()), 'orders:read')
  t.match(ask('GET', '/orders/7;x/refunds/', someone('orders:read')), 'refunds')
})

t.test('without rules everything may be called', async (t) => {
  t.equal(compileAccess([])('GET', ['x'], anonymous), undefined)
})
