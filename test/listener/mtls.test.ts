import t from 'tap'
import { startBackend } from '../backend.ts'
import { problemsOf } from '../config/folder.ts'
import { startGateway } from '../gateway.ts'
import { ask, ask2, certificates, openHttp2, pair, pem } from './tls.ts'

const config = (target: string, clients: string, more = ''): Record<string, string> => ({
  ...certificates('localhost'),
  'routes/ca.pem': pem('ca'),
  'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0, tls: { ${pair('localhost')}, clients: ${clients} } } }
identity:
  mesh: { type: mtls, scopes: [orders:read] }
  by-name: { type: mtls, subject: cn }
  partners: { type: api-key, keys: "sha256:2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683 partner" }
${more}
services:
  s:
    targets: [{ url: "${target}" }]
    access: [{ path: /scoped, scopes: [orders:read] }]
    identity: { headers: { x-subject: "{identity.subject}", x-provider: "{identity.provider}", x-host: "{identity.claims.serial}" } }
routes:
  open: { match: { path: /open }, to: { service: s, path: /open } }
  mesh: { match: { path: /mesh }, auth: { providers: [mesh, partners] }, to: { service: s, path: /scoped } }
  named: { match: { path: /named }, auth: { providers: [by-name] }, to: { service: s, path: /named } }
`,
})

const optional = '{ ca: "${file:ca.pem}", required: false }'
const required = '{ ca: "${file:ca.pem}" }'
const as = (name: string) => ({ cert: pem(name), key: pem(`${name}-key`) })

t.test('a certificate that an authority vouches for is an identity', async (t) => {
  const backend = await startBackend(t)
  const { url } = await startGateway(t, config(backend.url, optional))
  const answer = await ask(`${url}/mesh`, as('client'))
  t.equal(answer.status, 200)
  t.match(JSON.parse(answer.text).headers, { 'x-subject': 'spiffe://shop.example/orders', 'x-provider': 'mesh', 'x-host': /^[0-9A-F]+$/ })
  t.match(JSON.parse((await ask(`${url}/named`, as('client'))).text).headers, { 'x-subject': 'orders', 'x-provider': 'by-name' })
  const session = await openHttp2(t, url, as('client'))
  t.match(JSON.parse((await ask2(session, { ':path': '/mesh' })).text).headers, { 'x-subject': 'spiffe://shop.example/orders' }, 'over HTTP/2 too')
})

t.test('where certificates are optional, none is anonymous and a bad one is 401', async (t) => {
  const backend = await startBackend(t)
  const { url } = await startGateway(t, config(backend.url, optional))
  t.equal((await ask(`${url}/open`)).status, 200)
  const missing = await ask(`${url}/mesh`)
  t.match(missing, { status: 401, text: /UNAUTHENTICATED/, headers: { 'www-authenticate': /ClientCertificate realm="mesh"/ } })
  t.match(await ask(`${url}/mesh`, as('stranger')), { status: 401, text: /CERTIFICATE_INVALID/ })
  t.equal((await ask(`${url}/open`, as('stranger'))).status, 200)
  t.match(await ask(`${url}/mesh`, as('expired')), { status: 401 }, 'one that nobody signed')
})

t.test('a resumed session is nobody that its first connection was not', async (t) => {
  const backend = await startBackend(t)
  const { url } = await startGateway(t, config(backend.url, optional))
  for (const [name, options, status] of [['anonymous', {}, 401], ['stranger', as('stranger'), 401], ['client', as('client'), 200]] as const) {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const only = { ...options, minVersion: version, maxVersion: version }
      const first = await ask(`${url}/mesh`, { ...only, servername: 'localhost' })
      const session = first.socket.getSession()
      const again = await ask(`${url}/mesh`, { ...only, servername: 'localhost', session })
      t.equal(again.status, status, `${name} ${version} ${again.socket.isSessionReused() ? 'resumed' : 'new'}`)
    }
  }
})

t.test('where certificates are required, the handshake fails without a good one', async (t) => {
  const backend = await startBackend(t)
  const { url } = await startGateway(t, config(backend.url, required))
  await t.rejects(ask(`${url}/open`))
  await t.rejects(ask(`${url}/open`, as('stranger')))
  t.equal((await ask(`${url}/open`, as('client'))).status, 200)
  t.equal(backend.seen.length, 1)
})

t.test('a credential in a header goes before the certificate', async (t) => {
  const backend = await startBackend(t)
  const { url } = await startGateway(t, config(backend.url, optional))
  const answer = await ask(`${url}/mesh`, { ...as('client'), headers: { 'x-api-key': 'wrong' } })
  t.match(answer, { status: 401, text: /API_KEY_UNKNOWN/ })
})

t.test('the certificate of a trusted proxy is not that of its clients', async (t) => {
  const backend = await startBackend(t)
  const { url } = await startGateway(t, config(backend.url, optional, 'trustedProxies: [127.0.0.1]'))
  t.equal((await ask(`${url}/mesh`, as('client'))).status, 401)
})

t.test('a provider of certificates needs a listener that asks for them', async (t) => {
  const lines = await problemsOf(t, { 'a.yaml': 'listeners: { public: { port: 0 } }\nidentity:\n  mesh: { type: mtls }\nservices: { s: { targets: [{ url: "http://127.0.0.1:1" }] } }\n' })
  t.same(lines, ['routes/a.yaml:3:3: identity.mesh: no listener asks clients for certificates; one needs "tls" with "clients"'])
})
