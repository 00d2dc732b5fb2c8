import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, createServer as createTcpServer, type AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import t, { type Test } from 'tap'
import { startBackend } from './backend.ts'
import { buildFrom, startGateway } from './gateway.ts'

const wide = `
  all: { match: { path: /s/* }, to: { service: s, path: /* } }`

/** A config with one service and these routes. */
function config(target: string, routes = wide, service = ''): Record<string, string> {
  return {
    'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0 } }
services:
  s:
    targets: [{ url: "${target}" }]
    timeout: { connect: 300ms, attempt: 300ms, total: 500ms, idle: 300ms }${service}
routes:${routes}
`,
  }
}

async function tcp(t: Test, onSocket: Parameters<typeof createTcpServer>[1]): Promise<string> {
  const server = createTcpServer({}, onSocket)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Sends a request and gives the answer's head, the body following. */
async function send(url: string, options: RequestOptions = {}, body?: string): Promise<IncomingMessage> {
  const request = httpRequest(url, { agent: false, ...options })
  request.end(body)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return response
}

async function text(response: IncomingMessage): Promise<string> {
  const chunks = (await response.toArray()) as Buffer[]
  return Buffer.concat(chunks).toString()
}

t.test('a path is rewritten by its template, and the query goes on untouched', async (t) => {
  const backend = await startBackend(t)
  const { gateway } = await buildFrom(t, config(backend.url, `
  one: { match: { path: "/api/orders/{id}" }, to: { service: s, path: "/orders/{id}/full" } }
  rest: { match: { path: "/files/*" }, to: { service: s, path: "/store/*" } }
  as-is: { match: { path: "/plain/*" }, to: { service: s } }`))
  const cases = {
    '/api/orders/7?x=%20&&y=a+b&x': '/orders/7/full?x=%20&&y=a+b&x',
    '/api/orders/a%20b': '/orders/a%20b/full',
    '/files/a%C3%A9/b?q': '/store/a%C3%A9/b?q',
    '/files': '/store',
    '/files/': '/store/',
    '/plain/~x!/y': '/plain/~x!/y',
  }
  for (const [asked, sent] of Object.entries(cases)) {
    const answer = await gateway.app.inject(asked)
    t.equal(answer.statusCode, 200, asked)
    t.equal(backend.seen.at(-1)?.url, sent)
  }
})

t.test('what belongs to a connection or to the gateway never passes from the client', async (t) => {
  const backend = await startBackend(t)
  const { url } = await startGateway(t, config(backend.url, wide, `
    identity: { headers: { x-user-id: "{identity.subject}" } }`))
  const response = await send(`${url}/s/x`, {
    headers: {
      connection: 'X-Forwarded-For, x-secret, keep-alive', 'keep-alive': 'timeout=5', te: 'trailers', 'proxy-authorization': 'Basic x',
      'proxy-connection': 'keep-alive', upgrade: 'h2c', 'x-secret': '1', 'x-forwarded-for': '6.6.6.6', 'x-forwarded-host': 'evil', forwarded: 'for=6.6.6.6',
      'x-request-id': 'mine', 'x-user-id': '1', x_user_id: '1', x_forwarded_for: '6.6.6.6', 'x-custom': 'kept', cookie: 'a=1',
    },
  })
  t.equal(response.statusCode, 200)
  const headers = JSON.parse(await text(response)).headers
  t.match(headers, { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-host': new URL(url).host, 'x-forwarded-proto': 'http', 'x-custom': 'kept', cookie: 'a=1' })
  t.equal(headers.host, new URL(backend.url).host)
  t.match(headers['x-request-id'], /^[0-9a-f-]{36}$/)
  for (const name of ['keep-alive', 'te', 'proxy-authorization', 'proxy-connection', 'upgrade', 'x-secret', 'forwarded', 'x-user-id', 'x_user_id', 'x_forwarded_for']) {
    t.notOk(name in headers, name)
  }
})

t.test("the service's status, headers and body are passed on, less what belongs to its connection", async (t) => {
  const backend = await startBackend(t, (_request, response) => {
    response.writeHead(418, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-Own', 'yes', 'Connection', 'close, X-Hidden', 'X-Hidden', '1', 'Proxy-Authenticate', 'Basic'])
    response.end('{"own":"error"}')
  })
  const { url } = await startGateway(t, config(backend.url))
  const response = await send(`${url}/s/x`)
  t.equal(response.statusCode, 418)
  t.same(response.headers['set-cookie'], ['a=1', 'b=2'])
  t.equal(response.headers['x-own'], 'yes')
  t.notOk('x-hidden' in response.headers)
  t.notOk('proxy-authenticate' in response.headers)
  t.equal(await text(response), '{"own":"error"}', "a service's own error body is untouched")
})

t.test('odd but legal requests and answers', async (t) => {
  const backend = await startBackend(t, (request, response) => {
    const status = Number(request.url?.slice(1))
    response.writeHead(status, { 'x-method': request.method, etag: '"1"', 'content-length': status === 304 ? '10' : '0' })
    response.end()
  })
  const { url } = await startGateway(t, config(backend.url))
  for (const [path, method] of [['204', 'GET'], ['304', 'GET'], ['200', 'HEAD'], ['200', 'DELETE'], ['200', 'OPTIONS'], ['200', 'PROPFIND'], ['200', 'POST']] as const) {
    const response = await send(`${url}/s/${path}`, { method, headers: { 'if-none-match': '"1"', expect: '100-continue' } })
    t.equal(response.statusCode, Number(path), `${method} ${path}`)
    t.equal(response.headers['x-method'], method)
    t.equal(response.headers['etag'], '"1"')
    await text(response)
  }
})

t.test('bodies stream both ways and wait for who is slow', async (t) => {
  const chunk = Buffer.alloc(256 * 1024, 'x')
  const total = 64
  let sent = 0
  const server = createHttpServer((request, response) => {
    if (request.method === 'POST') {
      let bytes = 0
      request.on('data', (piece: Buffer) => (bytes += piece.length))
      request.on('end', () => response.end(String(bytes)))
      return
    }
    const source = new Readable({
      read() {
        this.push(sent++ < total ? chunk : null)
      },
    })
    source.pipe(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { url } = await startGateway(t, config(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, `
  all: { match: { path: /s/* }, size: { body: 1GiB }, to: { service: s, path: /* } }`))

  const upload = httpRequest(`${url}/s/up`, { method: 'POST', agent: false })
  Readable.from(Array.from({ length: 16 }, () => chunk)).pipe(upload)
  const [answer] = (await once(upload, 'response')) as [IncomingMessage]
  t.equal(await text(answer), String(16 * chunk.length))

  const slow = await send(`${url}/s/down`)
  slow.pause()
  await new Promise((resolve) => setImmediate(resolve))
  t.ok(sent < total, 'the service is held back while the client does not read')
  let bytes = 0
  for await (const piece of slow) bytes += (piece as Buffer).length
  t.equal(bytes, total * chunk.length)
})

t.test('a client that leaves cancels the call', async (t) => {
  let arrived: (request: IncomingMessage) => void = () => undefined
  const arrival = new Promise<IncomingMessage>((resolve) => (arrived = resolve))
  const server = createHttpServer((request) => arrived(request))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { url, lines } = await startGateway(t, config(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  const request = httpRequest(`${url}/s/x`, { agent: false })
  request.on('error', () => undefined)
  request.end()
  const seen = await arrival
  request.destroy()
  await once(seen.socket, 'close')
  t.match(await lines.when(({ cut }) => cut === true), { route: 'all' })
})

t.test('what a service does wrong is an honest error, or a visibly broken answer', async (t) => {
  const cases: [string, Parameters<typeof createTcpServer>[1], number, string][] = [
    ['closes at once', (socket) => void socket.once('data', () => socket.destroy()), 502, 'SERVICE_RESET'],
    ['never answers', () => undefined, 504, 'SERVICE_TIMEOUT'],
    ['speaks no HTTP', (socket) => void socket.once('data', () => socket.end('SSH-2.0-OpenSSH\r\n')), 502, 'SERVICE_ANSWER_INVALID'],
  ]
  for (const [name, onSocket, status, code] of cases) {
    const { gateway } = await buildFrom(t, config(await tcp(t, onSocket)))
    const answer = await gateway.app.inject('/s/x')
    t.equal(answer.statusCode, status, name)
    t.match(answer.json(), { code, status, type: `urn:sluice:error:${code}`, instance: String })
    t.notMatch(answer.body, /127\.0\.0\.1|ECONN|node_modules/)
    t.match(answer.headers['content-type'], /application\/problem\+json/)
  }
  const { gateway } = await buildFrom(t, config('http://127.0.0.1:1'))
  t.match((await gateway.app.inject('/s/x')).json(), { code: 'SERVICE_UNREACHABLE', status: 502 })
})

for (const [name, tail] of Object.entries({
  'breaks off a counted body': 'Content-Length: 10\r\n\r\nhalf',
  'breaks off a chunked body': 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n',
  'falls silent in a body': 'Content-Length: 10\r\n\r\nhalf',
})) {
  t.test(`a service that ${name} cuts the client's answer`, async (t) => {
    const target = await tcp(t, (socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\n${tail}`)
        if (!name.startsWith('falls')) socket.end()
      })
    })
    const { url, lines } = await startGateway(t, config(target))
    const response = await send(`${url}/s/x`)
    t.equal(response.statusCode, 200)
    await t.rejects(text(response), { code: 'ECONNRESET' })
    t.match(await lines.when(({ cut }) => cut === true), { status: 200 })
  })
}

t.test('a refused call with a body leaves the connection usable or closes it, and never hangs', async (t) => {
  const { url } = await startGateway(t, config('http://127.0.0.1:1', `
  all: { match: { path: /s/* }, size: { body: 1MiB }, to: { service: s, path: /* } }`))
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.write('POST /s/x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello')
  socket.write('GET /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  const answers = Buffer.concat((await socket.toArray()) as Buffer[]).toString()
  t.match(answers, /^HTTP\/1\.1 502 /)
  t.match(answers, /HTTP\/1\.1 404 /)
})

t.test('a body larger than the route takes is refused, declared or counted', async (t) => {
  const backend = await startBackend(t)
  const { url } = await startGateway(t, config(backend.url, `
  all: { match: { path: /s/* }, size: { body: 1KiB }, to: { service: s, path: /* } }`))
  for (const headers of [{ 'content-length': '2048' }, { 'transfer-encoding': 'chunked' }]) {
    const response = await send(`${url}/s/x`, { method: 'POST', headers }, 'x'.repeat(2048))
    t.equal(response.statusCode, 413)
    t.match(JSON.parse(await text(response)), { code: 'BODY_TOO_LARGE' })
  }
  t.same(backend.seen, [])
  const fits = await send(`${url}/s/x`, { method: 'POST', headers: { 'transfer-encoding': 'chunked' } }, 'x'.repeat(1024))
  t.equal(JSON.parse(await text(fits)).body.length, 1024)
})

t.test('TLS to a service is verified', async (t) => {
  const read = (name: string) => readFileSync(new URL(`certificates/${name}`, import.meta.url))
  const server = createTlsServer({ cert: read('localhost.pem'), key: read('localhost-key.pem') }, (_request, response) => response.end('secure'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const target = `https://localhost:${(server.address() as AddressInfo).port}`
  const unknown = await buildFrom(t, config(target))
  t.match((await unknown.gateway.app.inject('/s/x')).json(), { code: 'SERVICE_UNREACHABLE' })
  const files = config(target, wide, `
    tls: { ca: "\${file:ca.pem}" }`)
  const known = await buildFrom(t, { ...files, 'routes/ca.pem': read('localhost.pem').toString() })
  t.equal((await known.gateway.app.inject('/s/x')).body, 'secure')
})

t.test('what no route takes says so', async (t) => {
  const backend = await startBackend(t)
  const { gateway } = await buildFrom(t, config(backend.url, `
  get: { match: { methods: [GET], path: /a }, to: { service: s } }
  post: { match: { methods: [POST], path: /a }, to: { service: s } }`))
  const missing = await gateway.app.inject('/b')
  t.equal(missing.statusCode, 404)
  t.match(missing.json(), { code: 'ROUTE_NOT_FOUND', instance: missing.headers['x-request-id'] })
  const wrong = await gateway.app.inject({ method: 'DELETE', url: '/a' })
  t.equal(wrong.statusCode, 405)
  t.equal(wrong.headers['allow'], 'GET, HEAD, POST')
  t.equal((await gateway.app.inject({ method: 'OPTIONS', url: '/a' })).statusCode, 405)
  t.same(backend.seen, [])
})

t.test('repeated headers that decide are refused', async (t) => {
  const backend = await startBackend(t)
  const { url } = await startGateway(t, config(backend.url))
  for (const name of ['Host', 'Authorization', 'Content-Type']) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.end(`GET /s/x HTTP/1.1\r\nHost: a\r\n${name}: a\r\n${name}: b\r\nConnection: close\r\n\r\n`)
    const answer = Buffer.concat((await socket.toArray()) as Buffer[]).toString()
    t.match(answer, /^HTTP\/1\.1 400 [^]*HEADER_REPEATED/, name)
  }
  t.same(backend.seen, [])
})
