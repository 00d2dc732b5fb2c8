import { once } from 'node:events'
import { createSecureServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { startGateway } from './gateway.ts'
import { get, receive, startWire } from './hostile/wire.ts'
import { certificates, openHttp2, pair, pem } from './listener/tls.ts'

/** A gateway that speaks HTTP/1.1 in the clear and HTTP/2 over TLS, before one service. */
async function startBoth(t: Test, target: string, route = '') {
  const { server } = await startGateway(t, {
    ...certificates('localhost'),
    'routes/gateway.yaml': `
listeners:
  clear: { host: 127.0.0.1, port: 0 }
  tls: { host: 127.0.0.1, port: 0, tls: { ${pair('localhost')} } }
services:
  s: { targets: [{ url: "${target}" }], http2: ${String(target.startsWith('https'))}, tls: { ca: "\${file:localhost.pem}" } }
routes:
  all: { match: { path: /* }, to: { service: s }${route} }
`,
  })
  const { clear = '', tls = '' } = server.addresses
  return { clear, tls }
}

/** A service over HTTP/2 whose answers end in trailers. */
async function startHttp2(t: Test, trailers: IncomingHttpHeaders, headers: IncomingHttpHeaders = {}): Promise<string> {
  const server = createSecureServer({ cert: pem('localhost'), key: pem('localhost-key') })
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => undefined)
    stream.respond({ ':status': 200, ...headers }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers(trailers))
    stream.end('hello')
  })
  server.on('session', (session) => t.teardown(() => session.destroy()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const chunked = (trailers: string, head = '') => `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${head}\r\n5\r\nhello\r\n0\r\n${trailers}\r\n`

async function ask2(t: Test, url: string, headers: IncomingHttpHeaders = {}, body?: Buffer) {
  const session = await openHttp2(t, url)
  const stream = session.request({ ':path': '/x', ...headers }, { endStream: body === undefined })
  stream.on('error', () => undefined)
  let trailers = {}
  stream.on('trailers', (fields) => (trailers = Object.fromEntries(Object.entries(fields))))
  if (body !== undefined) stream.write(body)
  const [head] = (await once(stream, 'response')) as [IncomingHttpHeaders]
  const text = Buffer.concat((await stream.toArray()) as Buffer[]).toString()
  return { head, text, trailers }
}

const wanted = 'TE: trailers\r\n'
const services: Record<string, (t: Test) => Promise<string>> = {
  'HTTP/1.1': (t) => startWire(t, (socket) => void socket.write(chunked('X-Sum: 1\r\nX-Sum: 2\r\nETag: "e"\r\n', 'Trailer: X-Sum, ETag\r\n'))),
  'HTTP/2': (t) => startHttp2(t, { 'x-sum': ['1', '2'], etag: '"e"' }, { trailer: 'X-Sum, ETag' }),
}

for (const [protocol, start] of Object.entries(services)) {
  t.test(`trailers of a service over ${protocol} reach clients that take them`, async (t) => {
    const { clear, tls } = await startBoth(t, await start(t))
    for (const te of ['trailers', 'gzip, Trailers', 'trailers;q=0.5']) {
      const { bytes } = await receive(clear, get('/x', '1.1', `TE: ${te}\r\n`))
      t.match(bytes, /\r\ntrailer: x-sum, etag\r\n/i, te)
      t.match(bytes, /\r\n5\r\nhello\r\n0\r\n(x-sum: 1\r\nx-sum: 2|x-sum: 1, 2)\r\netag: "e"\r\n\r\n$/i, te)
    }
    for (const fields of ['', 'TE: gzip\r\n', 'TE: trailers;q=0\r\n']) {
      const { bytes } = await receive(clear, get('/x', '1.1', fields))
      t.match(bytes, /^HTTP\/1\.1 200 [^]*\r\n5\r\nhello\r\n0\r\n\r\n$/, JSON.stringify(fields))
      t.notMatch(bytes, /trailer|x-sum/i)
    }
    const old = await receive(clear, get('/x', '1.0', wanted))
    t.match(old.bytes, /^HTTP\/1\.1 200 [^]*\r\n\r\nhello$/, 'HTTP/1.0 has no chunks')
    t.notMatch(old.bytes, /trailer|x-sum/i)
    const answer = await ask2(t, tls)
    t.match(answer, { text: 'hello', head: { ':status': 200 }, trailers: { 'x-sum': '1, 2', etag: '"e"' } })
    t.match(answer.head['trailer'], /^x-sum, etag$/i)
  })
}

t.test('a field that means something before the body, or to one connection, is no trailer', async (t) => {
  const early = [
    'Host', 'Location', 'Max-Forwards', 'Authorization', 'WWW-Authenticate', 'Set-Cookie', 'Cookie', 'Cache-Control', 'Vary', 'Expires', 'Date', 'Age', 'Retry-After',
    'Content-Type', 'Content-Encoding', 'Content-Range', 'Content-Security-Policy', 'Access-Control-Allow-Origin', 'If-Match', 'Range',
  ]
  const ofConnections = ['Connection', 'Keep-Alive', 'TE', 'Trailer', 'Upgrade', 'Proxy-Authenticate', 'Proxy-Status', 'X-Hop']
  const fields = [...early, ...ofConnections].map((name) => `${name}: evil\r\n`).join('')
  const names = [...early, ...ofConnections, 'Content-Length', 'Transfer-Encoding', 'Content-Digest'].join(', ')
  const target = await startWire(t, (socket) => void socket.write(chunked(`${fields}Content-Digest: good\r\n`, `Connection: X-Hop\r\nTrailer: ${names}\r\n`)))
  const { clear, tls } = await startBoth(t, target)
  const { bytes } = await receive(clear, get('/x', '1.1', wanted))
  t.match(bytes, /\r\ntrailer: content-digest\r\n/i)
  t.match(bytes, /hello\r\n0\r\ncontent-digest: good\r\n\r\n$/i)
  t.notMatch(bytes, /evil/)
  t.same((await ask2(t, tls)).trailers, { 'content-digest': 'good' })
})

t.test('a body that a policy changes loses its trailers', async (t) => {
  const target = await startWire(t, (socket) => void socket.write(chunked('Content-Digest: x\r\n', 'Content-Type: text/plain\r\nTrailer: Content-Digest\r\n')))
  const { clear, tls } = await startBoth(t, target, ', compression: { minSize: 1B }')
  const packed = await receive(clear, get('/x', '1.1', `${wanted}Accept-Encoding: gzip\r\n`))
  t.match(packed.bytes, /\r\ncontent-encoding: gzip\r\n/i)
  t.notMatch(packed.bytes, /digest/i)
  t.match((await receive(clear, get('/x', '1.1', wanted))).bytes, /0\r\ncontent-digest: x\r\n\r\n$/i, 'as it is where nothing is changed')
  t.same((await ask2(t, tls, { 'accept-encoding': 'gzip' })).trailers, {})
})

t.test('what the route takes out of the head is no trailer either', async (t) => {
  const target = await startWire(t, (socket) => void socket.write(chunked('X-Node: 7\r\nX_Node: 7\r\nX-Set: theirs\r\nX-Sum: 1\r\n', 'Trailer: X-Node, X-Set, X-Sum\r\n')))
  const { clear } = await startBoth(t, target, ', headers: { answer: { remove: [x-node], set: { x-set: ours } } }')
  const { bytes } = await receive(clear, get('/x', '1.1', wanted))
  t.match(bytes, /\r\nx-set: ours\r\n/i)
  t.match(bytes, /hello\r\n0\r\nx-sum: 1\r\n\r\n$/i)
  t.notMatch(bytes, /theirs|node/i)
})

t.test('an answer that has no chunks has no trailers over HTTP/1.1', async (t) => {
  const { clear, tls } = await startBoth(t, await startHttp2(t, { 'x-sum': '1' }, { 'content-length': '5', trailer: 'X-Sum' }))
  const { bytes } = await receive(clear, get('/x', '1.1', wanted))
  t.match(bytes, /\r\ncontent-length: 5\r\n[^]*\r\n\r\nhello$/i)
  t.notMatch(bytes, /x-sum/i)
  t.same((await ask2(t, tls)).trailers, { 'x-sum': '1' }, 'over HTTP/2 it may')
})

t.test('an answer without a body announces none', async (t) => {
  const target = await startWire(t, (socket, head) => {
    const [, status = '200'] = /^[A-Z]+ \/(\d+) /.exec(head) ?? []
    socket.write(`HTTP/1.1 ${status} X\r\n${status === '200' ? 'Transfer-Encoding: chunked\r\n' : ''}Trailer: X-Sum\r\n\r\n`)
  })
  const { clear, tls } = await startBoth(t, target)
  for (const [method, status] of [['HEAD', 200], ['GET', 204], ['GET', 304]] as const) {
    const { bytes } = await receive(clear, get(`/${status}`, '1.1', wanted).replace('GET', method))
    t.match(bytes, new RegExp(`^HTTP/1\\.1 ${status} `))
    t.notMatch(bytes, /trailer/i)
    t.notOk('trailer' in (await ask2(t, tls, { ':method': method, ':path': `/${status}` })).head)
  }
})

t.test('trailers come also where the client was still sending', async (t) => {
  const target = await startWire(t, (socket) => void socket.write(chunked('X-Sum: 1\r\n')))
  const { tls } = await startBoth(t, target, ', size: { body: 64MiB }')
  const { text, trailers } = await ask2(t, tls, { ':method': 'POST' }, Buffer.alloc(1000))
  t.match({ text, trailers }, { text: 'hello', trailers: { 'x-sum': '1' } })
})

t.test('trailers of requests are dropped', async (t) => {
  const heads: string[] = []
  const target = await startWire(t, (socket, head) => {
    heads.push(head)
    if (/^PUT/.test(head)) socket.write(chunked(''))
  })
  const { clear } = await startBoth(t, target)
  const { bytes } = await receive(clear, 'PUT /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n')
  t.match(bytes, /^HTTP\/1\.1 200 /)
  t.notMatch(heads.join('\r\n'), /x-sum|trailer|\r\nte:/i)
})
