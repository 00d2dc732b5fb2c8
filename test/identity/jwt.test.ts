import { createHmac } from 'node:crypto'
import t, { type Test } from 'tap'
import { exportJWK, exportSPKI } from 'jose'
import type { JwtSettings } from '../../src/config/schema.ts'
import { SluiceError } from '../../src/errors.ts'
import type { Identity } from '../../src/identity.ts'
import { createJwtProvider } from '../../src/identity/jwt.ts'
import { TestClock } from '../clock.ts'
import { partsOf } from '../plugins/exchange.ts'
import { encode, makeKey, sign, startIssuer } from './issuer.ts'

const first = await makeKey('first')
const second = await makeKey('second')
const elliptic = await makeKey('elliptic', 'ES256')
const stranger = await makeKey('first')

async function setUp(t: Test, more: Partial<JwtSettings> = {}) {
  const clock = new TestClock(Date.UTC(2026, 0, 1))
  const { issuer, asked, says } = await startIssuer(t, [first, elliptic])
  const { parts, lines } = partsOf({}, { clock })
  const settings: JwtSettings = { type: 'jwt', issuer, audience: 'shop', algorithms: ['RS256', 'ES256'], clockTolerance: 0, ...more }
  const provider = createJwtProvider('main', settings, parts)
  t.teardown(() => provider.close())
  return { provider, clock, issuer, asked, says, lines, by: { issuer, clock } }
}

/** Checks that a token is refused with a code and a sentence, which mustn't quote it. */
async function refused(t: Test, result: unknown, code: string, sentence: RegExp, token = ''): Promise<void> {
  const outcome = await result
  if (!(outcome instanceof SluiceError)) return void t.fail(`let in instead of ${code}`, { outcome })
  t.match(outcome, { code, message: sentence })
  if (token !== '') for (const part of token.split('.')) if (part !== '') t.notOk(outcome.message.includes(part), 'says nothing of the token')
}

t.test('a good token says who its bearer is', async (t) => {
  const { provider, by } = await setUp(t, { clockTolerance: 5_000 })
  const token = await sign(first, by, { scope: 'orders:read orders:write', org: { id: 7 } }, { typ: 'at+jwt' })
  t.equal(provider.recognise({ authorization: `Bearer ${token}` }), token)
  t.match(await provider.verify(token), {
    subject: 'ada', provider: 'main', scopes: new Set(['orders:read', 'orders:write']), claims: { org: { id: 7 } }, expiresAt: by.clock.now() + 605_000,
  })
  t.match(await provider.verify(await sign(elliptic, by, { aud: ['other', 'shop'] })), { subject: 'ada' })
})

t.test('only bearer tokens are recognised, whatever the case of the scheme', async (t) => {
  const { provider } = await setUp(t)
  t.equal(provider.recognise({ authorization: 'bearer abc' }), 'abc')
  for (const authorization of [undefined, '', 'Bearer', 'Basic abc', 'Bearerabc', 'abc']) t.equal(provider.recognise({ authorization }), undefined)
})

t.test('scopes come as text or as a list', async (t) => {
  const { provider, by } = await setUp(t)
  const scopes = async (claims: object) => [...((await provider.verify(await sign(first, by, { ...claims }))) as Identity).scopes]
  t.same(await scopes({ scope: 'a b' }), ['a', 'b'])
  t.same(await scopes({ scp: ['a', 'b', 7] }), ['a', 'b'])
  t.same(await scopes({ scp: 'a b' }), ['a', 'b'])
  t.same(await scopes({}), [])
})

t.test('a token that was seen is verified at once', async (t) => {
  const { provider, by, asked } = await setUp(t)
  t.same(asked, { discovery: 0, keys: 0 }, 'nothing is fetched before it is needed')
  const token = await sign(first, by)
  const identity = await provider.verify(token)
  const again = provider.verify(token)
  t.notOk(again instanceof Promise)
  t.equal(again, identity)
  t.same(asked, { discovery: 1, keys: 1 })
})

t.test('many at once cause one fetch', async (t) => {
  const { provider, by, asked } = await setUp(t)
  const tokens = await Promise.all(Array.from({ length: 20 }, (_, n) => sign(first, by, { sub: `user ${n}` })))
  const results = await Promise.all(tokens.map(async (token) => provider.verify(token)))
  t.same(results.map((result) => (result as Identity).subject), tokens.map((_, n) => `user ${n}`))
  t.same(asked, { discovery: 1, keys: 1 })
})

t.test('what is wrong with a token is said', async (t) => {
  const { provider, by, clock } = await setUp(t)
  const now = clock.now() / 1000
  const cases: [what: string, token: string, code: string, sentence: RegExp][] = [
    ['expired', await sign(first, by, { exp: now - 1 }), 'TOKEN_EXPIRED', /expired/],
    ['expiring in this moment', await sign(first, by, { exp: now }), 'TOKEN_EXPIRED', /expired/],
    ['not valid yet', await sign(first, by, { nbf: now + 1 }), 'TOKEN_INVALID', /not valid yet/],
    ['without an end', await sign(first, by, { exp: undefined }), 'TOKEN_INVALID', /when it expires/],
    ['with an end that is no time', await sign(first, by, { exp: 'never' as unknown as number }), 'TOKEN_INVALID', /when it expires/],
    ['of another issuer', await sign(first, by, { iss: 'https://evil.test' }), 'TOKEN_INVALID', /another issuer/],
    ['without an issuer', await sign(first, by, { iss: undefined }), 'TOKEN_INVALID', /names no issuer/],
    ['for another audience', await sign(first, by, { aud: 'bank' }), 'TOKEN_INVALID', /another audience/],
    ['for other audiences', await sign(first, by, { aud: ['bank', 'shopper'] }), 'TOKEN_INVALID', /another audience/],
    ['without an audience', await sign(first, by, { aud: undefined }), 'TOKEN_INVALID', /names no audience/],
    ['without a subject', await sign(first, by, { sub: undefined }), 'TOKEN_INVALID', /names no subject/],
    ['with an empty subject', await sign(first, by, { sub: '' }), 'TOKEN_INVALID', /names no subject/],
    ['signed by a stranger', await sign(stranger, by), 'TOKEN_INVALID', /signature does not hold/],
    ['signed with an unknown key', await sign({ ...stranger, kid: 'unknown' }, by), 'TOKEN_KEY_UNKNOWN', /key that its issuer is not known to publish/],
    ['an ID token by its hash', await sign(first, by, { at_hash: 'x' }), 'TOKEN_INVALID', /ID token/],
    ['an ID token by its word', await sign(first, by, { typ: 'ID' }), 'TOKEN_INVALID', /ID token/],
    ['of another type', await sign(first, by, {}, { typ: 'logout+jwt' }), 'TOKEN_INVALID', /not an access token/],
    ['too long', await sign(first, by, { much: 'x'.repeat(8192) }), 'TOKEN_INVALID', /longer than 8192/],
  ]
  for (const [what, token, code, sentence] of cases) await t.test(what, (t) => refused(t, provider.verify(token), code, sentence, token))
})

t.test('what is no JWT is said to be none', async (t) => {
  const { provider, by } = await setUp(t)
  const [header = '', payload = '', signature = ''] = (await sign(first, by)).split('.')
  for (const token of [
    '', '.', '..', 'abc', 'a.b.c', `${header}.${payload}`, `${header}..${signature}`, `${header}.!!.${signature}`, `.${payload}.${signature}`,
    `${encode(null)}.${payload}.${signature}`, `${encode([])}.${payload}.${signature}`, 'é.é.é',
  ]) await refused(t, provider.verify(token), 'TOKEN_INVALID', /well-formed|algorithm|signature/)
})

t.test('a token cannot choose how it is checked', async (t) => {
  const { provider, by, clock } = await setUp(t)
  const now = clock.now() / 1000
  const payload = encode({ iss: by.issuer, aud: 'shop', sub: 'ada', exp: now + 600 })
  const hmac = (header: object, secret: string) => {
    const input = `${encode(header)}.${payload}`
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
  }
  const pem = await exportSPKI(first.publicKey)
  for (const token of [
    `${encode({ alg: 'none' })}.${payload}.`,
    `${encode({ alg: 'NONE', kid: 'first' })}.${payload}.`,
    `${encode({ alg: 'none', kid: 'first' })}.${payload}.x`,
    hmac({ alg: 'HS256', kid: 'first' }, pem),
    hmac({ alg: 'HS256', kid: 'first' }, JSON.stringify(await exportJWK(first.publicKey))),
    await sign(await makeKey('first', 'RS512'), by),
  ]) await refused(t, provider.verify(token), 'TOKEN_INVALID', /algorithm/)
  await refused(t, provider.verify(hmac({ alg: 'RS256', kid: 'first' }, pem)), 'TOKEN_INVALID', /signature/)
  await refused(t, provider.verify(`${encode({ alg: 'RS256', kid: 'first' })}.${payload}.`), 'TOKEN_INVALID', /signature/)
  // The key of the wrong kind is not even looked at.
  await refused(t, provider.verify(`${encode({ alg: 'ES256', kid: 'first' })}.${payload}.x`), 'TOKEN_KEY_UNKNOWN', /not known to publish/)
})

t.test('keys that a token brings along or points to are not looked at', async (t) => {
  const { provider, by, asked } = await setUp(t)
  const header = { jwk: stranger.jwk, jku: 'https://evil.test/keys' }
  await refused(t, provider.verify(await sign(stranger, by, {}, header)), 'TOKEN_INVALID', /signature/)
  await refused(t, provider.verify(await sign({ ...stranger, kid: 'mine' }, by, {}, header)), 'TOKEN_KEY_UNKNOWN', /not known to publish/)
  t.same(asked, { discovery: 1, keys: 2 }, 'the issuer alone is asked')
})

t.test('critical header parameters are refused', async (t) => {
  const { provider, by } = await setUp(t)
  const [, payload = '', signature = ''] = (await sign(first, by)).split('.')
  for (const crit of [['exp'], [], '', null]) {
    const token = `${encode({ alg: 'RS256', kid: 'first', crit, exp: 1 })}.${payload}.${signature}`
    await refused(t, provider.verify(token), 'TOKEN_INVALID', /critical/)
  }
})

t.test('a remembered token ends in the moment it expires', async (t) => {
  const { provider, by, clock } = await setUp(t, { clockTolerance: 2000 })
  const token = await sign(first, by, { exp: clock.now() / 1000 + 10 })
  t.match(await provider.verify(token), { subject: 'ada' })
  clock.advance(11_999)
  t.match(provider.verify(token), { subject: 'ada' }, 'the clocks may be apart')
  clock.advance(1)
  t.match(provider.verify(token), { code: 'TOKEN_EXPIRED' })
})

t.test('a remembered token begins in its moment', async (t) => {
  const { provider, by, clock } = await setUp(t)
  const token = await sign(first, by, { nbf: clock.now() / 1000 + 10 })
  await refused(t, provider.verify(token), 'TOKEN_INVALID', /not valid yet/)
  clock.advance(9_999)
  t.match(provider.verify(token), { code: 'TOKEN_INVALID' })
  clock.advance(1)
  t.match(provider.verify(token), { subject: 'ada' })
})

t.test('five unknown keys cause one fetch', async (t) => {
  const { provider, by, asked, clock } = await setUp(t)
  await provider.verify(await sign(first, by))
  clock.advance(31_000)
  for (let n = 0; n < 5; n++) {
    await refused(t, provider.verify(await sign({ ...stranger, kid: `unknown ${n}` }, by)), 'TOKEN_KEY_UNKNOWN', /not known to publish/)
  }
  t.same(asked, { discovery: 1, keys: 2 })
  clock.advance(31_000)
  const tokens = await Promise.all([1, 2, 3, 4, 5].map((n) => sign({ ...stranger, kid: `other ${n}` }, by)))
  await Promise.all(tokens.map(async (token) => provider.verify(token)))
  t.same(asked, { discovery: 1, keys: 3 }, 'nor do five at once')
})

t.test('a new key counts as soon as it is used', async (t) => {
  const { provider, by, says, asked } = await setUp(t)
  const old = await sign(first, by)
  await provider.verify(old)
  says.keys = [first.jwk, second.jwk]
  const tokens = await Promise.all([1, 2, 3].map((n) => sign(second, by, { jti: String(n) })))
  t.match(await Promise.all(tokens.map(async (token) => provider.verify(token))), tokens.map(() => ({ subject: 'ada' })))
  t.same(asked, { discovery: 1, keys: 2 })
  t.match(await provider.verify(old), { subject: 'ada' })
})

t.test('a withdrawn key stops counting, also for tokens that are remembered', async (t) => {
  const { provider, by, says, clock, asked } = await setUp(t)
  const old = await sign(first, by)
  await provider.verify(old)
  says.keys = [second.jwk]
  clock.advance(60_000)
  const meanwhile = provider.verify(old)
  t.match(meanwhile, { subject: 'ada' }, 'nobody waits while the keys are fetched again')
  // A key that isn't known joins the fetch that is under way.
  t.match(await provider.verify(await sign(second, by)), { subject: 'ada' })
  t.equal(asked.keys, 2)
  await refused(t, provider.verify(old), 'TOKEN_KEY_UNKNOWN', /not known to publish/)
})

t.test('after a long silence the keys are fetched before they are used', async (t) => {
  const { provider, by, says, clock } = await setUp(t)
  const old = await sign(first, by, { exp: clock.now() / 1000 + 7200 })
  await provider.verify(old)
  says.keys = [second.jwk]
  clock.advance(3_600_000)
  await refused(t, provider.verify(old), 'TOKEN_KEY_UNKNOWN', /not known to publish/)
})

t.test('while the issuer is away the keys that are known keep counting', async (t) => {
  const { provider, by, says, clock, lines } = await setUp(t)
  const token = await sign(first, by, { exp: clock.now() / 1000 + 7200 })
  await provider.verify(token)
  says.up = false
  clock.advance(3_600_000)
  t.match(await provider.verify(token), { subject: 'ada' })
  t.match(provider.verify(token), { subject: 'ada' }, 'without waiting, once the failure is known')
  t.match(lines, [{ level: 40, provider: 'main' }])
  await refused(t, provider.verify(await sign({ ...second, kid: 'newer' }, by)), 'IDENTITY_UNAVAILABLE', /cannot be checked now/)
})

t.test('without any keys no token can be checked', async (t) => {
  const { provider, by, says, clock, asked } = await setUp(t)
  says.up = false
  const token = await sign(first, by)
  await refused(t, provider.verify(token), 'IDENTITY_UNAVAILABLE', /cannot be fetched/)
  await refused(t, provider.verify(token), 'IDENTITY_UNAVAILABLE', /cannot be fetched/)
  t.equal(asked.discovery, 1, 'the issuer gets a pause')
  t.match(await provider.verify(token), { status: 503, headers: { 'retry-after': '5' } })
  says.up = true
  clock.advance(5000)
  t.match(await provider.verify(token), { subject: 'ada' })
})

t.test('a discovery document must be the issuer\'s own', async (t) => {
  const { provider, by, says } = await setUp(t)
  says.issuer = 'http://127.0.0.1:1'
  await refused(t, provider.verify(await sign(first, by)), 'IDENTITY_UNAVAILABLE', /cannot be fetched/)
})

t.test('and must say where the keys are', async (t) => {
  for (const jwksUri of ['', 'file:///etc/keys', '/keys']) {
    const { provider, by, says } = await setUp(t)
    says.jwksUri = jwksUri
    await refused(t, provider.verify(await sign(first, by)), 'IDENTITY_UNAVAILABLE', /cannot be fetched/)
  }
})

t.test('a key set can be named without discovery', async (t) => {
  const { issuer, asked } = await startIssuer(t, [first])
  const { provider, clock } = await setUp(t, { issuer: 'https://issuer.test', jwks: `${issuer}/keys` })
  t.match(await provider.verify(await sign(first, { issuer: 'https://issuer.test', clock })), { subject: 'ada' })
  t.same(asked, { discovery: 0, keys: 1 })
})

t.test('a token without a key id needs an only key', async (t) => {
  const { provider, by, says, clock } = await setUp(t)
  const anonymous = await sign(first, by, {}, { kid: undefined as unknown as string })
  t.match(await provider.verify(anonymous), { subject: 'ada' })
  says.keys = [first.jwk, second.jwk]
  clock.advance(200_000)
  await refused(t, provider.verify(anonymous), 'TOKEN_INVALID', /which of the keys/)
})

t.test('headers that vary without end are not remembered without end', async (t) => {
  const { provider, by } = await setUp(t)
  for (let n = 0; n < 250; n++) t.match(await provider.verify(await sign(first, by, {}, { x: n })), { subject: 'ada' })
})

t.test('a token says whose it is', async (t) => {
  const { provider, by } = await setUp(t)
  t.equal(provider.owns?.(await sign(first, by)), true)
  t.equal(provider.owns?.(await sign(first, by, { iss: 'https://other.test' })), false)
  t.equal(provider.owns?.('nonsense'), false)
})
