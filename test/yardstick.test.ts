import httpProxy from '@fastify/http-proxy'
import fastify from 'fastify'
import { request } from 'undici'
import t, { type Test } from 'tap'
import { startBackend } from './backend.ts'
import { startGateway } from './gateway.ts'

/** Differs by design: what each proxy says of itself and of its connections. */
const own = /^(date|connection|keep-alive|transfer-encoding|x-request-id|x-request-deadline|x-forwarded-.*|host|content-length|x-content-type-options|referrer-policy|x-frame-options|strict-transport-security|content-security-policy)$/

function endToEnd(headers: Record<string, string | string[] | undefined>) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !own.test(name)).sort())
}

interface Case {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'
  path: string
  headers?: Record<string, string>
  body?: string
}

const json = { 'content-type': 'application/json' }
const cases: Case[] = [
  { method: 'GET', path: '/ok' },
  { method: 'GET', path: '/ok?a=1&b=%20&b=2' },
  { method: 'GET', path: '/caf%C3%A9/x' },
  { method: 'GET', path: '/status/404' },
  { method: 'GET', path: '/status/204' },
  { method: 'GET', path: '/status/302', headers: { accept: 'text/html' } },
  { method: 'GET', path: '/cookies', headers: { cookie: 'a=1; b=2' } },
  { method: 'GET', path: '/ok', headers: { 'if-none-match': '"1"', range: 'bytes=0-1', 'accept-encoding': 'gzip', 'user-agent': 'x' } },
  { method: 'HEAD', path: '/ok' },
  { method: 'OPTIONS', path: '/ok' },
  { method: 'POST', path: '/ok', headers: json, body: '{"a":[1,2]}' },
  { method: 'POST', path: '/ok', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=1&b=2' },
  { method: 'PUT', path: '/ok', headers: { 'content-type': 'text/plain' }, body: 'ü'.repeat(1000) },
  { method: 'PATCH', path: '/status/500', headers: json, body: '{}' },
  { method: 'DELETE', path: '/status/404' },
]

async function begin(t: Test) {
  const backend = await startBackend(t, (request, response, body) => {
    const status = Number(/^\/status\/(\d+)/.exec(request.url ?? '')?.[1] ?? 200)
    const type = status === 204 ? [] : ['Content-Type', 'application/json']
    response.writeHead(status, [...type, 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-Own', 'yes', 'ETag', '"1"', 'Location', '/elsewhere'])
    response.end(status === 204 ? undefined : JSON.stringify({ method: request.method, url: request.url, body }))
  })
  const app = fastify()
  await app.register(httpProxy, { upstream: backend.url, httpMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] })
  t.teardown(() => app.close())
  const yardstick = await app.listen({ port: 0, host: '127.0.0.1' })
  const { url } = await startGateway(t, {
    'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0 } }
services: { s: { targets: [{ url: "${backend.url}" }] } }
routes: { all: { match: { path: /* }, to: { service: s } } }
`,
  })
  return { backend, yardstick, url }
}

t.test('an ordinary request means the same through Sluice as through @fastify/http-proxy', async (t) => {
  const { backend, yardstick, url } = await begin(t)
  const through = async (proxy: string, { path, ...options }: Case) => {
    const { statusCode, headers, body } = await request(proxy + path, options)
    const text = await body.text()
    const seen = backend.seen.pop()
    return {
      client: { status: statusCode, headers: endToEnd(headers), text },
      service: { method: seen?.method, url: seen?.url, body: seen?.body, headers: endToEnd(seen?.headers ?? {}) },
    }
  }
  for (const each of cases) {
    t.strictSame(await through(url, each), await through(yardstick, each), `${each.method} ${each.path}`)
  }
})
