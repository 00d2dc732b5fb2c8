import t from 'tap'
import { hash } from 'node:crypto'
import { authenticate } from '../../plugins/authenticate.ts'
import type { Config } from '../../src/config/config.ts'
import type { Exchange } from '../../src/exchange.ts'
import { anonymous } from '../../src/identity.ts'
import { TestClock } from '../clock.ts'
import { exchangeOf, partsOf, routeOf } from './exchange.ts'

const key = (name: string) => `sha256:${hash('sha256', name)}`
const identity: Config['identity'] = {
  partners: { type: 'api-key', header: 'X-Api-Key', keys: `${key('good')} acme orders:read\n` },
  friends: { type: 'api-key', header: 'x-friend-key', keys: `${key('kind')} zoe\n` },
  main: { type: 'jwt', issuer: 'http://127.0.0.1:1', audience: 'shop', algorithms: ['RS256'], clockTolerance: 0 },
}
const failures = { count: 3, periodMs: 60_000 }

function setUp(settings: Partial<{ providers: string[]; required: boolean; failures: typeof failures }> | undefined = {}) {
  const clock = new TestClock()
  const { parts } = partsOf({ identity }, { clock })
  const auth = { providers: ['partners', 'main'], required: true, failures, ...settings }
  return { ask: routeOf([authenticate], { auth }, parts), clock, parts }
}

const sending = (headers: Record<string, string>, more: Partial<Exchange> = {}) => exchangeOf({ headers, ...more })

t.test('a good credential tells who the client is', async (t) => {
  const exchange = sending({ 'x-api-key': 'good' })
  t.equal((await setUp().ask(exchange)).status, 200)
  t.match(exchange.identity, { subject: 'acme', provider: 'partners', scopes: new Set(['orders:read']) })
})

t.test('without one the answer says what to send', async (t) => {
  t.match(await setUp().ask(exchangeOf()), {
    status: 401,
    code: 'UNAUTHENTICATED',
    headers: { 'www-authenticate': 'ApiKey realm="partners", header="x-api-key", Bearer realm="main"' },
  })
})

t.test('a bad one is refused, and the challenge says why', async (t) => {
  t.match(await setUp().ask(sending({ 'x-api-key': 'bad' })), { status: 401, code: 'API_KEY_UNKNOWN', headers: { 'www-authenticate': /^ApiKey/ } })
  t.match(await setUp().ask(sending({ authorization: 'Bearer x' })), {
    status: 401,
    code: 'TOKEN_INVALID',
    headers: {
      'www-authenticate':
        'ApiKey realm="partners", header="x-api-key", Bearer realm="main", error="invalid_token", error_description="The token is not a well-formed JWT."',
    },
  })
})

t.test('where none is required, none is anonymous and a bad one is refused', async (t) => {
  const { ask } = setUp({ required: false })
  const exchange = exchangeOf()
  t.equal((await ask(exchange)).status, 200)
  t.equal(exchange.identity, anonymous)
  for (const headers of [{ 'x-api-key': 'bad' }, { 'x-api-key': '' }, { authorization: 'Bearer x' }, { authorization: 'Basic eA==' }, { 'x-friend-key': 'kind' }]) {
    t.equal((await ask(sending(headers, { client: { address: JSON.stringify(headers), host: 'h', scheme: 'http' } }))).status, 401, JSON.stringify(headers))
  }
})

t.test('two credentials are one too many, also when both are good', async (t) => {
  t.match(await setUp().ask(sending({ 'x-api-key': 'good', authorization: 'Bearer x' })), { status: 400, code: 'BAD_REQUEST' })
})

t.test('what is meant for another provider does not stand in the way', async (t) => {
  const exchange = sending({ 'x-api-key': 'good', 'x-friend-key': 'kind' })
  t.equal((await setUp({ providers: ['partners'] }).ask(exchange)).status, 200)
  t.equal(exchange.identity.subject, 'acme')
})

t.test('credentials of every provider are consumed on every route', async (t) => {
  const { parts } = setUp()
  const headers = { 'x-api-key': 'good', 'x-friend-key': 'kind', accept: '*/*' }
  const open = sending({ ...headers, authorization: 'Bearer x' })
  t.equal((await routeOf([authenticate], {}, parts)(open)).status, 200, 'nothing is verified where nothing asks for it')
  t.same([...open.consumed].sort(), ['authorization', 'x-api-key', 'x-friend-key'])
  t.equal(open.identity, anonymous)
  const closed = sending(headers)
  await setUp({ providers: ['partners'] }).ask(closed)
  t.same([...closed.consumed].sort(), ['x-api-key', 'x-friend-key'])
})

t.test('failed attempts are limited by address', async (t) => {
  const { ask, clock, parts } = setUp()
  const from = (address: string, apiKey = 'bad') => sending({ 'x-api-key': apiKey }, { client: { address, host: 'h', scheme: 'http' } })
  for (let n = 0; n < 3; n++) t.equal((await ask(from('192.0.2.1'))).status, 401)
  t.match(await ask(from('192.0.2.1')), { status: 429, code: 'RATE_LIMITED', headers: { 'retry-after': '20' } })
  t.equal((await ask(from('192.0.2.1', 'good'))).status, 429, 'no credential is looked at')
  t.equal((await routeOf([authenticate], { auth: { providers: ['friends'], required: true, failures } }, parts)(sending({ 'x-friend-key': 'kind' }))).status, 429, 'nor on another route')
  t.equal((await ask(from('192.0.2.2'))).status, 401, 'another address is another matter')
  t.equal((await ask(exchangeOf())).status, 401, 'a request without a credential is no attempt')
  clock.advance(20_000)
  t.equal((await ask(from('192.0.2.1', 'good'))).status, 200)
  t.equal((await ask(from('192.0.2.1'))).status, 401)
  t.equal((await ask(from('192.0.2.1'))).status, 429, 'then one attempt at a time')
})

t.test('good credentials never use up the attempts', async (t) => {
  const { ask } = setUp()
  for (let n = 0; n < 50; n++) t.equal((await ask(sending({ 'x-api-key': 'good' }))).status, 200)
})

t.test('check: providers that nobody declares', async (t) => {
  const { parts } = setUp()
  const route = { name: 'r', kind: 'rest', methods: null, policies: {} } as const
  const check = (providers: string[]) => authenticate.check?.({ providers, required: true, failures }, route, parts.config)
  t.match(check(['main', 'partner']), [{ pointer: '/providers/1', message: /"partner"; did you mean "partners"\?/ }])
  t.match(check([]), [{ pointer: '' }])
  t.same(check(['main']), [])
})
