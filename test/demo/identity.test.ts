import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import t from 'tap'
import { generateUsers } from '../../demo/data/users.ts'
import { launchService } from '../../demo/process.ts'
import { requestToken } from '../../demo/token-request.ts'

const complaints: string[] = []
const said: string[] = []
const starting = launchService('identity', {}, {
  error: (text) => complaints.push(text), line: (text) => said.push(text),
})
t.teardown(() => starting.stop())
const identity = await starting.ready
const issuer = identity.url
const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`))

t.test('it starts without a word but the ready line', async (t) => {
  t.strictSame(said, [JSON.stringify({ service: 'identity', listening: issuer })])
  t.strictSame(complaints, [])
  t.match(await (await fetch(`${issuer}/health`)).json(), { status: 'ok' })
})

t.test('discovery and keys', async (t) => {
  const discovered = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json() as object
  t.match(discovered, { issuer, jwks_uri: `${issuer}/jwks`, token_endpoint: `${issuer}/token` })
  const jwks = await (await fetch(`${issuer}/jwks`)).json() as { keys: { alg: string }[] }
  t.strictSame(jwks.keys.map(({ alg }) => alg), ['RS256', 'ES256'])
  t.ok(jwks.keys.every((key) => !('d' in key)), 'no private key')
})

for (const algorithm of ['RS256', 'ES256'] as const) {
  t.test(`a user's and a service account's token, ${algorithm}`, async (t) => {
    for (const [user, subject] of [['42', '42'], [undefined, algorithm === 'RS256' ? 'reports' : 'reports-es256']]) {
      const token = await requestToken({ issuer, user, algorithm, scopes: ['orders:read', 'users:read'] })
      const { payload } = await jwtVerify(token, keys, { issuer, audience: 'shop', algorithms: [algorithm] })
      t.match(payload, { sub: subject, scope: 'orders:read users:read' })
      t.ok((payload.exp ?? 0) - (payload.iat ?? 0) >= 3600)
      t.match(decodeProtectedHeader(token), { alg: algorithm, typ: 'at+jwt', kid: String })
    }
  })
}

t.test('an email address is a user name too', async (t) => {
  const email = generateUsers()[41]?.email
  const token = await requestToken({ issuer, user: email })
  t.match((await jwtVerify(token, keys)).payload, { sub: '42', scope: /orders:write/ })
})

t.test('refusals', async (t) => {
  const ask = async (secret: string, form: Record<string, string>) => {
    const response = await fetch(`${issuer}/token`, {
      method: 'POST', body: new URLSearchParams(form), headers: { authorization: `Basic ${btoa(secret)}` },
    })
    return { status: response.status, body: await response.json() }
  }
  const password = { grant_type: 'password', username: '42', password: 'demo' }
  const refused = { status: 400, body: { error: 'invalid_grant' } }
  t.match(await ask('reports:wrong', { grant_type: 'client_credentials' }), { status: 401 })
  t.match(await ask('shop-app:shop-app-secret', { ...password, password: 'wrong' }), refused)
  t.match(await ask('shop-app:shop-app-secret', { ...password, username: '1001' }), refused)
  t.match(await ask('reports:reports-secret', password), { status: 400 }, 'a client has its own grants only')
  t.match(await ask('reports:reports-secret', { grant_type: 'client_credentials', resource: 'urn:other' }), {
    body: { error: 'invalid_target' },
  })
  await t.rejects(requestToken({ issuer, scopes: ['orders:raed'] }), { message: /no scope orders:raed/ })
  await t.rejects(requestToken({ issuer, user: '1001' }), { message: /gave no token/ })
  t.strictSame(complaints, [])
})
