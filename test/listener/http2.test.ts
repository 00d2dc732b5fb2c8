import { once } from 'node:events'
import { createServer } from 'node:http'
import { constants, type IncomingHttpHeaders } from 'node:http2'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { startBackend } from '../backend.ts'
import { startGateway } from '../gateway.ts'
import { flag, fields, frame, get, openRaw, reset, type } from './frames.ts'
import { ask, ask2, certificates, openHttp2, pair } from './tls.ts'

const config = (target: string, listener = ''): Record<string, string> => ({
  ...certificates('localhost'),
  'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0, tls: { ${pair('localhost')} }${listener} } }
services:
  s: { targets: [{ url: "${target}" }], timeout: { idle: 300ms } }
routes:
  all: { match: { path: /s/* }, size: { body: 64MiB }, to: { service: s, path: /* } }
  small: { match: { path: /small/* }, size: { body: 1KiB }, to: { service: s, path: /* } }
`,
})

const begin = async (t: Test, listener?: string) => {
  const backend = await startBackend(t)
  return { backend, ...(await startGateway(t, config(backend.url, listener))) }
}

t.test('a service sees the same call, whichever protocol the client speaks', async (t) => {
  const { backend, url } = await begin(t)
  const authority = new URL(url).host
  const session = await openHttp2(t, url)
  const headers = { 'x-own': 'yes', 'content-type': 'text/plain', cookie: 'a=1; b=2' }
  await ask(`${url}/s/x?q=1`, { method: 'POST', headers: { ...headers, 'transfer-encoding': 'chunked' } }, 'body')
  await ask2(session, { ':method': 'POST', ':path': '/s/x?q=1', ':authority': authority, ...headers }, 'body')
  await ask(`${url}/s/y`, { method: 'PUT', headers: { ...headers, 'content-length': '4' } }, 'body')
  await ask2(session, { ':method': 'PUT', ':path': '/s/y', ':authority': authority, ...headers, 'content-length': '4' }, 'body')
  await ask(`${url}/s/z`, { headers })
  await ask2(session, { ':path': '/s/z', ':authority': authority, ...headers })
  const seen = backend.seen.map(({ method, url, headers, body }) => ({ method, url, headers: { ...headers, 'x-request-id': '' }, body }))
  for (const [one, two] of [[0, 1], [2, 3], [4, 5]] as const) t.same(seen[two], seen[one])
  t.notMatch(JSON.stringify(backend.seen), /":(method|path|authority|scheme)"/)
})

t.test('cookies that come in crumbs go on as one field, and Host is the authority', async (t) => {
  const { backend, url } = await begin(t)
  const raw = await openRaw(t, url)
  raw.write(frame(type.headers, flag.endStream | flag.endHeaders, 1, get('/s/x', [['cookie', 'a=1'], ['x-a', '1'], ['cookie', 'b=2']])))
  await raw.when((frame) => frame.stream === 1 && frame.type === type.data)
  t.match(backend.seen[0]?.headers, { cookie: 'a=1; b=2', 'x-forwarded-host': 'localhost' })
})

t.test('answers lose what belongs to connections, and keep all else', async (t) => {
  const backend = await startBackend(t, (_request, response) => {
    response.writeHead(418, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'ETag', '"1"', 'ETag', '"2"', 'Connection', 'close, X-Hidden', 'Keep-Alive', 'timeout=5', 'X-Hidden', '1'])
    response.end('tea')
  })
  const { url } = await startGateway(t, config(backend.url))
  const session = await openHttp2(t, url)
  const answer = await ask2(session, { ':path': '/s/x' })
  t.match(answer, { status: 418, text: 'tea' })
  t.same(answer.headers['set-cookie'], ['a=1', 'b=2'])
  for (const name of ['connection', 'keep-alive', 'x-hidden', 'transfer-encoding']) t.notOk(name in answer.headers, name)
  const refused = await ask2(session, { ':method': 'POST', ':path': '/small/x' }, Buffer.alloc(100_000))
  t.match(refused, { status: 413, headers: { 'content-type': 'application/problem+json' } })
  t.equal((await ask2(session, { ':path': '/none' })).status, 404)
  t.equal(session.destroyed, false)
})

t.test('HEAD, 204, 304 and Expect', async (t) => {
  const backend = await startBackend(t, (request, response) => {
    response.writeHead(Number(request.url?.slice(1)), { 'x-method': request.method, etag: '"1"' }).end()
  })
  const { url } = await startGateway(t, config(backend.url))
  const session = await openHttp2(t, url)
  for (const [status, method] of [[204, 'GET'], [304, 'GET'], [200, 'HEAD'], [200, 'DELETE'], [200, 'PROPFIND']] as const) {
    t.match(await ask2(session, { ':method': method, ':path': `/s/${status}` }), { status, headers: { 'x-method': method }, text: '' }, `${method} ${status}`)
  }
  const stream = session.request({ ':method': 'POST', ':path': '/s/200', expect: '100-continue' })
  const answered = once(stream, 'response')
  await once(stream, 'continue')
  stream.end('body')
  const [head] = (await answered) as [IncomingHttpHeaders]
  t.equal(head[':status'], 200)
  stream.close()
})

t.test('two hosts, and what is malformed, reach no service', async (t) => {
  const { backend, url } = await begin(t)
  const base = [[':method', 'GET'], [':scheme', 'https'], [':path', '/s/x']] as const
  const cases: Record<string, readonly (readonly [string, string])[]> = {
    'a Host that is not the authority': [...base, [':authority', 'a'], ['host', 'b']],
    'two Hosts': [...base, [':authority', 'a'], ['host', 'a'], ['host', 'a']],
    'an authority with a user': [...base, [':authority', 'me@a']],
    'no authority at all': base,
    'a Connection header': [...base, [':authority', 'a'], ['connection', 'x-a'], ['x-a', '1']],
    'a Transfer-Encoding': [...base, [':authority', 'a'], ['transfer-encoding', 'chunked']],
    'an Upgrade': [...base, [':authority', 'a'], ['upgrade', 'websocket']],
    'capitals in a name': [...base, [':authority', 'a'], ['X-A', '1']],
    'a pseudo-header after a field': [...base, ['x-a', '1'], [':authority', 'a']],
    'an unknown pseudo-header': [...base, [':authority', 'a'], [':x', '1']],
    'two paths': [...base, [':authority', 'a'], [':path', '/s/y']],
    'an empty path': [[':method', 'GET'], [':scheme', 'https'], [':path', ''], [':authority', 'a']],
    'a path that is a URL': [[':method', 'GET'], [':scheme', 'https'], [':path', 'https://b/s/x'], [':authority', 'a']],
    'a space in the path': [[':method', 'GET'], [':scheme', 'https'], [':path', '/s/x y'], [':authority', 'a']],
    'dots in the path': [[':method', 'GET'], [':scheme', 'https'], [':path', '/s/../x'], [':authority', 'a']],
    'a method with a line break': [[':method', 'GET / HTTP/1.1\r\nx'], [':scheme', 'https'], [':path', '/s/x'], [':authority', 'a']],
    'CONNECT': [[':method', 'CONNECT'], [':authority', 'a:1']],
    'a length that no body has': [...base, [':authority', 'a'], ['content-length', '5']],
    'a length that is none': [...base, [':authority', 'a'], ['content-length', '1x']],
  }
  for (const list of Object.values(cases)) {
    const raw = await openRaw(t, url)
    raw.write(frame(type.headers, flag.endStream | flag.endHeaders, 1, fields(list)))
    const answer = await raw.when((frame) => frame.stream === 1 || frame.type === type.goaway)
    if (answer?.type === type.headers) await raw.when((frame) => frame.stream === 1 && (frame.flags & flag.endStream) !== 0)
    raw.socket.destroy()
  }
  t.same(backend.seen, [])
  const session = await openHttp2(t, url)
  t.equal((await ask2(session, { ':path': '/s/x' })).status, 200, 'and the process goes on')
})

t.test('CONNECT is refused with a problem document, and the connection goes on', async (t) => {
  const { backend, url } = await begin(t)
  const session = await openHttp2(t, url)
  const stream = session.request({ ':method': 'CONNECT', ':authority': 'example.com:443' })
  stream.write('to be tunnelled')
  const [head] = (await once(stream, 'response')) as [IncomingHttpHeaders]
  t.match(head, { ':status': 400, 'content-type': 'application/problem+json', 'x-request-id': String })
  t.match(JSON.parse(Buffer.concat((await stream.toArray()) as Buffer[]).toString()), { code: 'BAD_REQUEST', status: 400 })
  t.equal((await ask2(session, { ':path': '/s/x' })).status, 200)
  t.same(backend.seen.map(({ method }) => method), ['GET'])
})

t.test('a field that no message can have is left out', async (t) => {
  const { backend, url } = await begin(t)
  for (const [name, value] of [['x-a', '1\r\nx-b: 2'], ['x-a', '1\0'], ['x a', '1'], ['x-a:', '1'], ['x-\u00e9', '1']] as const) {
    const raw = await openRaw(t, url)
    raw.write(frame(type.headers, flag.endStream | flag.endHeaders, 1, get('/s/x', [[name, value], ['x-kept', '1']])))
    await raw.when((frame) => frame.stream === 1 && frame.type === type.data)
    const { rawHeaders = [] } = backend.seen.at(-1) ?? {}
    t.ok(rawHeaders.includes('x-kept'))
    t.notOk(rawHeaders.some((text) => /^x[- ](a|b|\u00e9)/i.test(text) || text.includes('x-b')), JSON.stringify([name, value]))
  }
})

t.test('a client that breaks its body off sends no whole call', async (t) => {
  let arrived: () => void = () => undefined
  const arrival = new Promise<void>((resolve) => (arrived = resolve))
  let end: (how: string) => void = () => undefined
  const ended = new Promise<string>((resolve) => (end = resolve))
  const server = createServer((request) => {
    request.once('data', arrived).once('end', () => end('whole')).once('error', () => end('cut'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close().closeAllConnections())
  const { url, lines } = await startGateway(t, config(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  const raw = await openRaw(t, url)
  const head = fields([[':method', 'POST'], [':scheme', 'https'], [':authority', 'localhost'], [':path', '/s/x']])
  raw.write(frame(type.headers, flag.endHeaders, 1, head), frame(type.data, 0, 1, Buffer.from('half')))
  await arrival
  raw.write(reset(1))
  t.equal(await ended, 'cut')
  t.match(await lines.when(({ cut }) => cut === true), { route: 'all' })
})

t.test('an answer that the service breaks off is reset, and never ends', async (t) => {
  const backend = await startBackend(t, (request, response) => {
    if (request.url === '/counted') response.setHeader('content-length', '10')
    response.write('half')
    setImmediate(() => response.destroy())
  })
  const { url } = await startGateway(t, config(backend.url))
  for (const path of ['/s/counted', '/s/chunked']) {
    const raw = await openRaw(t, url)
    raw.write(frame(type.headers, flag.endStream | flag.endHeaders, 1, get(path)))
    const ended = await raw.when((frame) => frame.stream === 1 && frame.type === type.reset)
    t.equal(ended?.payload.readUInt32BE(), constants.NGHTTP2_INTERNAL_ERROR, path)
    t.notOk(raw.frames.some((frame) => frame.stream === 1 && frame.type !== type.reset && (frame.flags & flag.endStream) !== 0), path)
    raw.write(frame(type.ping, 0, 0, Buffer.alloc(8)))
    t.ok(await raw.when((frame) => frame.type === type.ping), 'the connection lives on')
  }
})

t.test('bodies stream both ways and wait for who is slow', async (t) => {
  const chunk = Buffer.alloc(64 * 1024, 'x')
  const total = 256
  let sent = 0
  const server = createServer((request, response) => {
    if (request.method === 'POST') {
      let bytes = 0
      request.on('data', (piece: Buffer) => (bytes += piece.length))
      request.on('end', () => response.end(String(bytes)))
      return
    }
    const more = () => {
      while (sent < total) if (!response.write((sent++, chunk))) return
      response.end()
    }
    response.on('drain', more)
    more()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close().closeAllConnections())
  const { url } = await startGateway(t, config(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  const session = await openHttp2(t, url)
  t.match(await ask2(session, { ':method': 'POST', ':path': '/s/up' }, Buffer.alloc(4 * 1024 * 1024)), { status: 200, text: String(4 * 1024 * 1024) })
  const stream = session.request({ ':path': '/s/down' })
  await once(stream, 'response')
  for (let turn = 0; turn < 50; turn++) t.equal((await ask2(session, { ':path': '/none' })).status, 404)
  t.ok(sent < total, 'the service is held back while the client does not read')
  let bytes = 0
  for await (const piece of stream) bytes += (piece as Buffer).length
  t.equal(bytes, total * chunk.length)
})

t.test('an answer before the body ends lets the client stop sending', async (t) => {
  const { url } = await begin(t)
  const raw = await openRaw(t, url)
  const head = fields([[':method', 'POST'], [':scheme', 'https'], [':authority', 'localhost'], [':path', '/none']])
  raw.write(frame(type.headers, flag.endHeaders, 1, head), frame(type.data, 0, 1, Buffer.from('half')))
  const ended = await raw.when((frame) => frame.stream === 1 && frame.type === type.reset)
  t.equal(ended?.payload.readUInt32BE(), constants.NGHTTP2_NO_ERROR)
  t.ok(raw.frames.some((frame) => frame.stream === 1 && (frame.flags & flag.endStream) !== 0 && frame.type !== type.reset), 'after the whole answer')
})
