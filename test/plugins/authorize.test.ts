import t from 'tap'
import { authorize } from '../../plugins/authorize.ts'
import type { Config } from '../../src/config/config.ts'
import { exchangeOf, partsOf, routeOf } from './exchange.ts'

const identity: Config['identity'] = { partners: { type: 'api-key', header: 'x-api-key', keys: '' } }
const auth = { providers: ['partners'], required: false }
const { parts } = partsOf({ identity })

const asking = (authorizing: { scopes: string[]; claims: Record<string, string | number | boolean> }) =>
  routeOf([authorize], { auth, authorize: authorizing }, parts)

const someone = (scopes: string[] = [], claims: Record<string, unknown> = {}) =>
  exchangeOf({ identity: { subject: 'ada', provider: 'main', scopes: new Set(scopes), claims, expiresAt: null } })

t.test('all scopes are needed, and the missing one is named', async (t) => {
  const ask = asking({ scopes: ['orders:read', 'orders:write'], claims: {} })
  t.equal((await ask(someone(['orders:write', 'orders:read', 'more']))).status, 200)
  t.match(await ask(someone(['orders:read'])), {
    status: 403,
    code: 'FORBIDDEN',
    detail: 'The scope orders:write is missing.',
    headers: { 'www-authenticate': 'Bearer error="insufficient_scope", scope="orders:read orders:write"' },
  })
})

t.test('claims must have exactly the value', async (t) => {
  const ask = asking({ scopes: [], claims: { 'org.id': 7, staff: true } })
  t.equal((await ask(someone([], { org: { id: 7 }, staff: true }))).status, 200)
  t.equal((await ask(someone([], { 'org.id': 7, staff: true }))).status, 200)
  for (const claims of [{}, { org: { id: 7 } }, { org: { id: '7' }, staff: true }, { org: { id: 7 }, staff: 'true' }, { org: [7], staff: true }]) {
    t.match(await ask(someone([], claims)), { status: 403, code: 'FORBIDDEN' })
  }
})

t.test('a claim is never found on a prototype', async (t) => {
  const ask = asking({ scopes: [], claims: { 'constructor.name': 'Object' } })
  t.equal((await ask(someone())).status, 403)
})

t.test('anonymous clients are asked who they are', async (t) => {
  t.match(await asking({ scopes: [], claims: {} })(exchangeOf()), {
    status: 401,
    code: 'UNAUTHENTICATED',
    headers: { 'www-authenticate': 'ApiKey realm="partners", header="x-api-key"' },
  })
  t.equal((await asking({ scopes: [], claims: {} })(someone())).status, 200, 'being known is enough where nothing is listed')
})

t.test('check: what would let nobody or everybody in', async (t) => {
  const nothing = { scopes: [], claims: {} }
  const shadow = { ...nothing, mode: 'shadow' }
  const check = (policies: Record<string, unknown>, settings: object = nothing) =>
    authorize.check?.(settings, { name: 'r', kind: 'rest', methods: null, policies }, parts.config)
  t.match(check({}), [{ pointer: '', message: /no auth/ }])
  t.match(check({ auth: 'none' }), [{ pointer: '' }])
  t.same(check({ auth }), [])
  t.match(check({ auth }, shadow), [{ pointer: '/mode' }])
  t.same(check({ auth: { ...auth, required: true } }, shadow), [])
})
