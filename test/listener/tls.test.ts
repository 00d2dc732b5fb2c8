import { once } from 'node:events'
import { Agent } from 'node:https'
import { connect, createConnection } from 'node:net'
import t from 'tap'
import { startBackend } from '../backend.ts'
import { startGateway } from '../gateway.ts'
import { problemsOf } from '../config/folder.ts'
import { ask, ask2, certificates, openHttp2, openTls, pair, pem } from './tls.ts'

const config = (target: string, listener: string): Record<string, string> => ({
  ...certificates('localhost', 'shop', 'expired'),
  'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0, ${listener} } }
services:
  s: { targets: [{ url: "${target}" }] }
routes:
  all: { match: { path: /s/* }, to: { service: s, path: /* } }
`,
})

t.test('TLS is served with HTTP/1.1 and HTTP/2, as the client asks', async (t) => {
  const backend = await startBackend(t)
  const { url } = await startGateway(t, config(backend.url, `tls: { ${pair('localhost')} }`))
  t.match(url, /^https:/)
  const answer = await ask(`${url}/s/x`)
  t.equal(answer.status, 200)
  t.match(JSON.parse(answer.text), { url: '/x', headers: { 'x-forwarded-proto': 'https' } })
  t.equal(answer.socket.getProtocol(), 'TLSv1.3')
  const session = await openHttp2(t, url)
  t.equal(session.alpnProtocol, 'h2')
  t.match(await ask2(session, { ':path': '/s/y' }), { status: 200, text: /"url":"\/y"/ })
})

t.test('only the protocols and versions that are listed are spoken', async (t) => {
  const backend = await startBackend(t)
  const { url } = await startGateway(t, config(backend.url, `tls: { ${pair('localhost')}, protocols: [http/1.1], minVersion: TLSv1.3 }`))
  t.equal((await openTls(t, url, { ALPNProtocols: ['h2', 'http/1.1'] })).alpnProtocol, 'http/1.1')
  await t.rejects(ask(`${url}/s/x`, { maxVersion: 'TLSv1.2' }))
  await t.rejects(ask(`${url}/s/x`, { ALPNProtocols: ['h2'] }))
  t.equal((await ask(`${url}/s/x`)).status, 200)
  const only2 = await startGateway(t, config(backend.url, `tls: { ${pair('localhost')}, protocols: [h2] }`))
  await t.rejects(ask(`${only2.url}/s/x`), 'a client without ALPN speaks HTTP/1.1')
  t.equal((await ask2(await openHttp2(t, only2.url), { ':path': '/s/x' })).status, 200)
})

t.test('whoever speaks no TLS is let go, and others are served', async (t) => {
  const backend = await startBackend(t)
  const { url } = await startGateway(t, config(backend.url, `tls: { ${pair('localhost')} }`))
  const plain = connect(Number(new URL(url).port), '127.0.0.1')
  plain.on('error', () => undefined)
  plain.end('GET /s/x HTTP/1.1\r\nHost: a\r\n\r\n')
  const answer = Buffer.concat((await plain.toArray()) as Buffer[]).toString('latin1')
  t.notMatch(answer, /HTTP/)
  const silent = createConnection(Number(new URL(url).port), '127.0.0.1')
  t.teardown(() => silent.destroy())
  await once(silent, 'connect')
  t.equal((await ask(`${url}/s/x`)).status, 200)
})

t.test('a client that does not finish the handshake is let go', async (t) => {
  const backend = await startBackend(t)
  const { url } = await startGateway(t, config(backend.url, `tls: { ${pair('localhost')} }, timeouts: { handshake: 100ms }`))
  const silent = createConnection(Number(new URL(url).port), '127.0.0.1')
  silent.on('error', () => undefined)
  silent.resume()
  await once(silent, 'close')
  t.equal((await ask(`${url}/s/x`)).status, 200)
})

t.test('the name that a client asks for chooses the certificate', async (t) => {
  const backend = await startBackend(t)
  const sni = `sni: [{ hosts: [shop.example, "*.shop.example"], ${pair('shop')} }]`
  const { url } = await startGateway(t, config(backend.url, `tls: { ${pair('localhost')}, ${sni} }`))
  const shown = async (servername: string) => {
    const socket = await openTls(t, url, { servername, checkServerIdentity: () => undefined })
    return socket.getPeerCertificate().subject.CN
  }
  t.equal(await shown('shop.example'), 'shop.example')
  t.equal(await shown('API.shop.example'), 'shop.example')
  t.equal(await shown('a.b.shop.example'), 'localhost', 'a star is one label')
  t.equal(await shown('shop.example.org'), 'localhost')
  t.equal(await shown(''), 'localhost', 'no name at all')
})

t.test('a reload changes certificates, and no connection is dropped', async (t) => {
  const backend = await startBackend(t)
  const { url, write, reloader } = await startGateway(t, config(backend.url, `tls: { ${pair('localhost')} }`))
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  const session = await openHttp2(t, url)
  const before = await ask(`${url}/s/x`, { agent })
  t.equal(before.socket.getPeerCertificate().subject.CN, 'localhost')

  write({ 'routes/localhost.pem': pem('shop'), 'routes/localhost-key.pem': pem('shop-key') })
  t.match(await reloader.reload(), { taken: true })
  const kept = await ask(`${url}/s/x`, { agent })
  t.equal(kept.socket, before.socket, 'the connection lives on')
  t.equal((await ask2(session, { ':path': '/s/x' })).status, 200)
  const fresh = await ask(`${url}/s/x`, { checkServerIdentity: () => undefined })
  t.equal(fresh.socket.getPeerCertificate().subject.CN, 'shop.example')

  write({ 'routes/localhost.pem': 'nothing' })
  t.match(await reloader.reload(), { taken: false })
  t.equal((await ask(`${url}/s/x`, { checkServerIdentity: () => undefined })).status, 200, 'a bad one changes nothing')
})

t.test('TLS comes and goes with a reload, on the same port', async (t) => {
  const backend = await startBackend(t)
  const { url, write, reloader, server } = await startGateway(t, config(backend.url, `tls: { ${pair('localhost')} }`))
  write(config(backend.url, 'limits: { url: 100B }'))
  t.match(await reloader.reload(), { taken: true })
  const plain = Object.values(server.addresses)[0] ?? ''
  t.equal(plain, url.replace('https', 'http'))
  t.equal((await fetch(`${plain}/s/x`)).status, 200)
})

t.test('draining ends connections after what is under way on them', async (t) => {
  let answer: () => void = () => undefined
  const held = new Promise<void>((resolve) => (answer = resolve))
  let arrived: () => void = () => undefined
  const arrival = new Promise<void>((resolve) => (arrived = resolve))
  const backend = await startBackend(t, (_request, response) => {
    arrived()
    void held.then(() => response.end('whole'))
  })
  const { url, server } = await startGateway(t, config(backend.url, `tls: { ${pair('localhost')} }`))
  const [busy, idle] = [await openHttp2(t, url), await openHttp2(t, url)]
  const pending = ask2(busy, { ':path': '/s/x' })
  await arrival
  const idleClosed = once(idle, 'close')
  const drained = server.drain()
  await idleClosed
  answer()
  t.match(await pending, { status: 200, text: 'whole' })
  await drained
})

t.test('an expired certificate works, and is warned of with its place', async (t) => {
  const backend = await startBackend(t)
  const { lines } = await startGateway(t, config(backend.url, `tls: { ${pair('expired')}, sni: [{ hosts: [api.other.example], ${pair('shop')} }] }`))
  const warnings = lines.all.flatMap(({ level, msg }) => (level === 40 ? [String(msg)] : []))
  t.match(warnings, [
    /^routes\/gateway\.yaml:2:\d+: listeners\.public\.tls: the certificate has expired on 2020-02-01$/,
    /^routes\/gateway\.yaml:2:\d+: listeners\.public\.tls: the certificate is not for api\.other\.example$/,
  ])
})

t.test('what is wrong with certificates is said with its place', async (t) => {
  const says = async (tls: string) => {
    const listener = `listeners:\n  public:\n    port: 0\n    tls:\n${tls}`
    return problemsOf(t, { 'a.yaml': `${listener}services:\n  users: { targets: [{ url: "http://127.0.0.1:1" }] }\n`, ...Object.fromEntries(Object.entries(certificates('localhost', 'shop')).map(([name, text]) => [name.replace('routes/', ''), text])) })
  }
  const [cert, key] = ['      cert: "${file:localhost.pem}"\n', '      key: "${file:localhost-key.pem}"\n']
  t.same(await says(cert + key), [])
  t.same(await says(`      cert: nonsense\n${key}`), ['routes/a.yaml:5:13: listeners.public.tls.cert: this is not a certificate in PEM'])
  t.same(await says(`${cert}      key: "\${file:localhost.pem}"\n`), ['routes/a.yaml:6:12: listeners.public.tls.key: this is not an unencrypted private key in PEM'])
  t.same(await says(`${cert}      key: "\${file:shop-key.pem}"\n`), ['routes/a.yaml:6:12: listeners.public.tls.key: this is not the key that belongs to the certificate'])
  t.same(await says(cert), ['routes/a.yaml:4:5: the key "key" is missing in listeners.public.tls'])
  t.same(await says(`${cert}${key}      clients: { ca: nonsense }\n`), ['routes/a.yaml:7:22: listeners.public.tls.clients.ca: this is not a certificate in PEM'])
  t.same(await says(`${cert}${key}      sni: [{ hosts: ["*"], cert: "\${file:shop.pem}", key: "\${file:localhost-key.pem}" }]\n`), [
    'routes/a.yaml:7:23: listeners.public.tls.sni.0.hosts.0: "*" is not a host name in lower case, such as api.example.com or *.example.com',
    'routes/a.yaml:7:60: listeners.public.tls.sni.0.key: this is not the key that belongs to the certificate',
  ])
  t.same(await says(`${cert}${key}      sni:\n        - { hosts: [a.b], cert: "\${file:shop.pem}", key: "\${file:shop-key.pem}" }\n        - { hosts: [a.b], cert: "\${file:shop.pem}", key: "\${file:shop-key.pem}" }\n`), [
    'routes/a.yaml:9:21: listeners.public.tls.sni.1.hosts.0: "a.b" has a certificate further up',
  ])
})
