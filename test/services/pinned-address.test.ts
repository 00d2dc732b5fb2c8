import { once } from 'node:events'
import { createSecureServer } from 'node:http2'
import { createServer } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import t, { type Test } from 'tap'
import { collect } from '../../src/services/collect.ts'
import { openHttpTarget, type HttpTargetSettings } from '../../src/services/http.ts'
import { openHttp2Target } from '../../src/services/http2.ts'
import type { Call, CallContext, Sink } from '../../src/services/service.ts'
import { pem } from '../listener/tls.ts'
import { callContext } from './context.ts'

async function listen(t: Test, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** What a call to `url`, at `address`, is answered. */
async function ask(t: Test, settings: Pick<HttpTargetSettings, 'url' | 'address' | 'tls' | 'http2'>) {
  const http1 = openHttpTarget({ connections: 1, connectMs: 2000, ...settings })
  const target = settings.http2 === true ? openHttp2Target({ connections: 1, connectMs: 2000, ...settings }, http1) : http1
  t.teardown(() => target.close())
  const service = { name: 's', dispatch: (call: Call, _context: CallContext, sink: Sink) => void target.send(call, sink), allows: () => undefined }
  const { body } = await collect(service, { method: 'GET', path: '/x', headers: {}, body: null }, callContext(), { maxBytes: 1000 })
  return body.toString()
}

t.test('a call goes to the address that was found, with the Host of the URL', async (t) => {
  const port = await listen(t, createServer((request, response) => void response.end(`${request.headers.host} ${request.url}`)))
  t.equal(await ask(t, { url: `http://orders.test:${port}/api`, address: '127.0.0.1' }), `orders.test:${port} /api/x`)
})

t.test('over TLS the name that is asked for, and that the certificate must have, is that of the URL', async (t) => {
  const server = createSecureServer({ cert: pem('shop'), key: pem('shop-key'), allowHTTP1: true }, (request, response) => {
    response.end(`${request.httpVersion} ${request.headers[':authority'] ?? request.headers.host}`)
  })
  const names: unknown[] = []
  server.on('secureConnection', (socket) => names.push(Reflect.get(socket, 'servername')))
  const port = await listen(t, server)
  const tls = { ca: pem('ca') }
  for (const [http2, version] of [[false, '1.1'], [true, '2.0']] as const) {
    const at = (host: string) => ask(t, { url: `https://${host}:${port}`, address: '127.0.0.1', tls, http2 })
    t.equal(await at('shop.example'), `${version} shop.example:${port}`)
    t.equal(names.at(-1), 'shop.example')
    await t.rejects(at('other.test'), { code: 'SERVICE_UNREACHABLE' }, 'another name')
  }
})
