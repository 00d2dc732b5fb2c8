import { once } from 'node:events'
import { createServer, type ServerOptions } from 'node:https'
import { createSecureServer } from 'node:http2'
import type { AddressInfo, Server } from 'node:net'
import { TLSSocket } from 'node:tls'
import t, { type Test } from 'tap'
import { problemsOf } from '../config/folder.ts'
import { buildFrom } from '../gateway.ts'
import { certificates, pair, pem } from './tls.ts'

const config = (target: string, tls: string): Record<string, string> => ({
  ...certificates('client', 'stranger'),
  'routes/ca.pem': pem('ca'),
  'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0 } }
services:
  s: { targets: [{ url: "${target}" }], tls: { ${tls} } }
routes:
  all: { match: { path: /s/* }, to: { service: s, path: /* } }
`,
})

async function listen(t: Test, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => void server.close())
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const service = (t: Test, options: ServerOptions = {}) => {
  return listen(t, createServer({ cert: pem('shop'), key: pem('shop-key'), ...options }, (request, response) => {
    const { socket } = request
    if (!(socket instanceof TLSSocket)) throw new Error('this is not TLS')
    const { subject } = socket.getPeerX509Certificate() ?? {}
    response.setHeader('connection', 'close')
    response.end(JSON.stringify({ subject, name: Reflect.get(socket, 'servername') }))
  }))
}

t.test('Sluice shows a service its certificate, and asks for the name that it must have', async (t) => {
  const target = await service(t, { ca: pem('ca'), requestCert: true, rejectUnauthorized: true })
  const known = await buildFrom(t, config(target, `ca: "\${file:ca.pem}", serverName: api.shop.example, ${pair('client')}`))
  const answer = await known.gateway.app.inject('/s/x')
  t.match([answer.statusCode, answer.json()], [200, { subject: /CN=orders/, name: 'api.shop.example' }])
  for (const tls of [`${pair('stranger')}, `, '']) {
    const other = await buildFrom(t, config(target, `${tls}ca: "\${file:ca.pem}", serverName: shop.example`))
    t.equal((await other.gateway.app.inject('/s/x')).statusCode, 502)
  }
})

t.test('a certificate for another name, or of another authority, is refused', async (t) => {
  const target = await service(t)
  for (const tls of ['ca: "${file:ca.pem}"', 'ca: "${file:ca.pem}", serverName: shop.example.org', 'serverName: shop.example']) {
    const { gateway } = await buildFrom(t, config(target, tls))
    const answer = await gateway.app.inject('/s/x')
    t.match([answer.statusCode, answer.json()], [502, { code: 'SERVICE_UNREACHABLE' }], tls)
  }
})

t.test('HTTP/2 is not offered to a service', async (t) => {
  const target = await listen(t, createSecureServer({ cert: pem('shop'), key: pem('shop-key'), allowHTTP1: true }, (request, response) => {
    response.end(request.httpVersion)
  }))
  const { gateway } = await buildFrom(t, config(target, 'ca: "${file:ca.pem}", serverName: shop.example'))
  t.equal((await gateway.app.inject('/s/x')).body, '1.1')
})

t.test('what is wrong with certificates is said with its place', async (t) => {
  const says = (tls: string) => problemsOf(t, {
    'client.pem': pem('client'), 'client-key.pem': pem('client-key'), 'shop-key.pem': pem('shop-key'),
    'a.yaml': `listeners: { public: { port: 0 } }\nservices:\n  s:\n    targets: [{ url: "https://127.0.0.1:1" }]\n    tls: { ${tls} }\n`,
  })
  t.same(await says(pair('client')), [])
  t.same(await says('cert: "${file:client.pem}"'), ['routes/a.yaml:5:5: services.s.tls: the key "key" is missing, which belongs to the certificate'])
  t.same(await says('cert: "${file:client.pem}", key: "${file:shop-key.pem}"'), ['routes/a.yaml:5:45: services.s.tls.key: this is not the key that belongs to the certificate'])
  t.same(await says('ca: nonsense'), ['routes/a.yaml:5:16: services.s.tls.ca: this is not a certificate in PEM'])
})
