import { createHash } from 'node:crypto'
import t, { type Test } from 'tap'
import { startGateway } from '../gateway.ts'
import { certificates, openTls, pair, pem } from '../listener/tls.ts'
import { configOf } from './fixture.ts'
import { Peer, handshake, startService } from './peer.ts'

/** A route that knows clients by certificate or key, and the answer's status to handshakes of pages. */
async function begin(t: Test, route = '') {
  const service = await startService(t)
  const digest = createHash('sha256').update('a-key').digest('hex')
  const { url } = await startGateway(t, {
    ...configOf(service.url, {
      listener: `, tls: { ${pair('localhost')}, clients: { ca: "\${file:ca.pem}", required: false } }`,
      more: `\nidentity: { mesh: { type: mtls }, keys: { type: api-key, keys: "sha256:${digest} anna" } }`,
      route: `, auth: { providers: [mesh, keys], required: false }${route}`,
    }),
    ...certificates('localhost'),
    'routes/ca.pem': pem('ca'),
  })
  return async (origin: string | undefined, { certified = true, ...headers }: { certified?: boolean; 'X-Api-Key'?: string } = {}) => {
    const client = new Peer(await openTls(t, url, certified ? { cert: pem('client'), key: pem('client-key') } : {}))
    client.socket.write(handshake('localhost', '/ws/a', { Origin: origin, ...headers }))
    const head = await client.head()
    const [, status] = /^HTTP\/1\.1 (\d+) /.exec(head) ?? []
    if (status === '403') t.match((await client.take(1000)).toString(), /"code":"CORS_REFUSED"/)
    return Number(status)
  }
}

t.test('a page of another origin can not use the certificate of its visitor, unless the route says so', async (t) => {
  const [own, foreign, listed] = ['https://localhost', 'https://evil.example', 'https://shop.example']
  const open = await begin(t)
  t.equal(await open(undefined), 101, 'no browser')
  t.equal(await open(own), 101)
  for (const origin of [foreign, 'null', 'http://localhost']) t.equal(await open(origin), 403, origin)
  t.equal(await open(foreign, { certified: false }), 101, 'it uses nothing of its visitor')
  t.equal(await open(foreign, { 'X-Api-Key': 'a-key' }), 101, 'what a page has to know itself is its own')
  const every = await begin(t, ', cors: { origins: ["*"] }')
  t.equal(await every(foreign), 403)
  t.equal(await every(foreign, { certified: false }), 101)
  const plain = await begin(t, `, cors: { origins: ["${listed}"] }`)
  t.equal(await plain(listed), 403)
  const trusted = await begin(t, `, cors: { origins: ["${listed}"], credentials: true }`)
  t.equal(await trusted(listed), 101)
  t.equal(await trusted(foreign), 403)
})
