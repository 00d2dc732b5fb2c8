import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { startGateway } from '../gateway.ts'
import { dial, get, reader, receive, startBefore, startWire } from './wire.ts'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** Writes pieces so that each is read on its own, since the gateway shares this process's loop. */
async function inTurns(socket: Socket, pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) {
    socket.write(piece)
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
}

t.test('Expect: 100-continue is answered once the policies let the request pass, and not before', async (t) => {
  const heads: string[] = []
  const target = await startWire(t, (socket, head) => {
    heads.push(head)
    socket.write(ok)
  })
  const { url } = await startGateway(t, {
    'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0 } }
identity: { keys: { type: api-key, header: x-api-key, keys: "" } }
services: { s: { targets: [{ url: "${target}" }], access: [{ path: /denied, claims: { sub: root } }] } }
routes:
  open: { match: { path: /open }, auth: none, to: { service: s } }
  denied: { match: { path: /denied }, auth: none, to: { service: s } }
  guarded: { match: { path: /guarded }, auth: { providers: [keys] }, to: { service: s } }
`,
  })
  const expecting = (path: string, more = '') => `POST ${path} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n${more}\r\n`
  const socket = dial(url)
  const answer = reader(socket)
  socket.write(expecting('/open'))
  t.match(await answer.until(/\r\n\r\n/), /^HTTP\/1\.1 100 Continue\r\n\r\n$/)
  socket.write('hello')
  t.match(await answer.until(/ok$/), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/)
  socket.destroy()
  t.notMatch(heads[0], /expect/i)
  for (const [path, status] of [['/guarded', 401], ['/none', 404], ['/denied', 401]] as const) {
    const { bytes } = await receive(url, expecting(path))
    t.match(bytes, new RegExp(`^HTTP/1\\.1 ${status} [^]*connection: close`, 'i'), `${path} gets no 100, and the connection ends`)
  }
  const early = await receive(url, `${expecting('/open', 'Connection: close\r\n')}hello`)
  t.match(early.bytes, /HTTP\/1\.1 200 OK/, 'a client may send without waiting')
  t.equal(heads.length, 2)
})

t.test('interim answers are never the final one, and Early Hints go on', async (t) => {
  const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nX-Hidden: 1\r\n\r\n'
  const cases: Record<string, [string[], RegExp]> = {
    'an unasked 100': [['HTTP/1.1 100 Continue\r\n\r\n'], /^HTTP\/1\.1 200 /],
    'two, with a field': [['HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 100 Go on\r\n\r\n'], /^HTTP\/1\.1 200 /],
    'one in pieces': [['HTTP/1.', '1 100 Cont', 'inue\r\n\r', '\n'], /^HTTP\/1\.1 200 /],
    102: [['HTTP/1.1 102 Processing\r\n\r\n'], /^HTTP\/1\.1 200 /],
    103: [[hints], /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>; rel=preload\r\n\r\nHTTP\/1\.1 200 /],
    'a 100 and 103': [['HTTP/1.1 100 Continue\r\n\r\n', hints], /^HTTP\/1\.1 103 [^]*\r\n\r\nHTTP\/1\.1 200 /],
    '103 and a 100': [[hints, 'HTTP/1.1 100 Continue\r\n\r\n'], /^HTTP\/1\.1 103 [^]*\r\n\r\nHTTP\/1\.1 200 /],
    '103 and a 100 in one piece': [[`${hints}HTTP/1.1 100 Continue\r\n\r\n`], /^HTTP\/1\.1 103 [^]*\r\n\r\nHTTP\/1\.1 200 /],
    '103 with a link that is none': [['HTTP/1.1 103 X\r\nLink: nonsense\r\n\r\n'], /^HTTP\/1\.1 200 /],
  }
  let pieces: string[] = []
  const target = await startWire(t, (socket) => void inTurns(socket, [...pieces, ok]))
  const { url } = await startBefore(t, target, 1)
  for (const [name, [interim, expected]] of Object.entries(cases)) {
    pieces = interim
    const { bytes } = await receive(url, get('/x'))
    t.match(bytes, expected, name)
    t.match(bytes, /\r\n\r\nok$/, name)
    t.notMatch(bytes, /x-hidden/i)
  }
  pieces = [hints]
  t.match((await receive(url, get('/x', '1.0'))).bytes, /^HTTP\/1\.1 200 /, 'HTTP/1.0 knows no interim answers')
})

t.test('interim answers in any order, split at any byte, are followed by the final one', async (t) => {
  const go = 'HTTP/1.1 100 Continue\r\nX: y\r\n\r\n'
  const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n'
  const processing = 'HTTP/1.1 102 Processing\r\n\r\n'
  const all = [go, hints, processing, hints, go, ok].join('')
  const target = await startWire(t, (socket, head) => {
    const at = Number(/^GET \/(\d+)/.exec(head)?.[1])
    void inTurns(socket, at > all.length ? Array.from(all) : [all.slice(0, at), all.slice(at)])
  })
  const { url } = await startBefore(t, target)
  const expected = new RegExp(`^(${hints.replace(/[/.]/g, '\\$&')}){2}HTTP/1\\.1 200 [^]*\\r\\n\\r\\nok$`)
  const ask = async (at: number) => {
    const { bytes } = await receive(url, get(`/${at}`))
    if (!expected.test(bytes)) t.fail(`split at ${at}: ${JSON.stringify(bytes)}`)
  }
  // As many at a time as there are connections; what comes last is sent byte by byte.
  for (let at = 0; at <= all.length + 1; at += 8) await Promise.all(Array.from({ length: 8 }, (_, more) => ask(at + more)))
})

t.test('what only looks like a 100 is refused, and hides nothing', async (t) => {
  let answer = ''
  const target = await startWire(t, (socket) => void socket.write(answer))
  const { url } = await startBefore(t, target, 1)
  const hidden = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhidden'
  for (const head of ['HTTP/1.1 100 X\n\n', 'HTTP/1.1 1000 X\r\n\r\n', 'HTTP/1.1 100 X\r\nA: b\n\r\n\r\n', 'HTTP/1.1 10\r\n\r\n']) {
    answer = `${head}HTTP/1.1 200 OK\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`
    const { bytes } = await receive(url, get('/x'))
    t.match(bytes, /^HTTP\/1\.1 502 /, JSON.stringify(head))
    t.notMatch(bytes, /hidden/)
  }
})

t.test('answers without content keep their meaning and lose what would frame one', async (t) => {
  let answer = ''
  let method = ''
  const target = await startWire(t, (socket, head) => {
    method = head.split(' ', 1)[0] ?? ''
    socket.write(answer)
  })
  const { url } = await startBefore(t, target, 1)
  const cases: [string, string, RegExp, RegExp | null][] = [
    ['GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', /^HTTP\/1\.1 204 [^]*\r\n\r\n$/, /content-length|transfer-encoding/i],
    ['GET', 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n', /^HTTP\/1\.1 204 [^]*\r\n\r\n$/, /content-length|transfer-encoding/i],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\nETag: "1"\r\n\r\n', /^HTTP\/1\.1 304 [^]*etag: "1"[^]*\r\n\r\n$/i, /transfer-encoding/i],
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n', /^HTTP\/1\.1 200 [^]*content-length: 500[^]*\r\n\r\n$/i, /transfer-encoding/i],
    ['HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', /^HTTP\/1\.1 200 [^]*\r\n\r\n$/, /content-length/i],
    ['HEAD', 'HTTP/1.1 404 Not Found\r\nContent-Length: 500\r\n\r\n', /^HTTP\/1\.1 404 [^]*content-length: 500[^]*\r\n\r\n$/i, null],
    ['GET', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', /^HTTP\/1\.1 200 [^]*content-length: 0[^]*\r\n\r\n$/i, null],
    ['GET', 'HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 1-2/5\r\nContent-Length: 2\r\n\r\nel', /^HTTP\/1\.1 206 [^]*content-range: bytes 1-2\/5[^]*\r\n\r\nel$/i, null],
    ['GET', 'HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */5\r\nContent-Length: 0\r\n\r\n', /^HTTP\/1\.1 416 [^]*content-range: bytes \*\/5/i, null],
    ['GET', 'HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n', /^HTTP\/1\.1 412 /, null],
    ['GET', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n', /\r\n2\r\nok\r\n0\r\n\r\n$/, /x-sum|trailer/i],
  ]
  for (const [asked, bytes, expected, never] of cases) {
    answer = bytes
    const got = await receive(url, get('/x').replace('GET', asked))
    const name = `${asked}: ${bytes.split('\r\n', 2).join(' ')}`
    t.match(got.bytes, expected, name)
    if (never !== null) t.notMatch(got.bytes, never, name)
    t.equal(method, asked)
  }
})

t.test('conditions and ranges reach the service as they were sent', async (t) => {
  let seen = ''
  const target = await startWire(t, (socket, head) => {
    seen = head
    socket.write(ok)
  })
  const { url } = await startBefore(t, target)
  const fields = ['If-None-Match: W/"1", "2"', 'If-Modified-Since: Sat, 29 Oct 1994 19:43:31 GMT', 'If-Match: *', 'Range: bytes=0-1,5-', 'If-Range: "1"', 'Accept-Encoding: br, gzip;q=0.5', 'Cache-Control: no-cache', 'Accept: text/*;q=0.3']
  await receive(url, get('/x', '1.1', `${fields.join('\r\n')}\r\n`))
  for (const field of fields) t.ok(seen.toLowerCase().includes(field.toLowerCase()), field)
})

t.test('a compressed answer passes as it is, byte by byte', async (t) => {
  const packed = gzipSync('hello '.repeat(1000))
  const target = await startWire(t, (socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${packed.length}\r\n\r\n`)
    socket.write(packed)
  })
  const { url } = await startBefore(t, target)
  const { bytes } = await receive(url, get('/x', '1.1', 'Accept-Encoding: gzip\r\n'))
  t.match(bytes, /content-encoding: gzip/i)
  t.equal(bytes.slice(bytes.indexOf('\r\n\r\n') + 4), packed.toString('latin1'))
})

t.test('each event arrives before the next is sent, and a long poll is answered when there is something', async (t) => {
  let service: Socket | undefined
  let arrived: () => void = () => undefined
  const arrival = new Promise<void>((resolve) => (arrived = resolve))
  const target = await startWire(t, (socket) => {
    service = socket
    arrived()
  })
  const { url } = await startBefore(t, target)
  const socket = dial(url)
  const answer = reader(socket)
  socket.write('GET /events HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n')
  await arrival
  service?.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n')
  t.match(await answer.until(/\r\n\r\n/), /text\/event-stream/, 'the head comes before the first event')
  for (let event = 0; event < 5; event++) {
    service?.write(`9\r\ndata: ${event}\n\n\r\n`)
    await answer.until(new RegExp(`data: ${event}\n\n`))
  }
  service?.write('0\r\n\r\n')
  await answer.until(/\r\n0\r\n\r\n$/)
  socket.destroy()
  t.pass('every event was seen before the next was written')
})

t.test('a body of more than a gigabyte passes in constant memory', async (t) => {
  const chunk = Buffer.alloc(1024 * 1024, 'x')
  const pieces = 1100
  let bytes = 0
  let most = 0
  const server = createServer((request, response) => {
    request.on('data', (piece: Buffer) => {
      bytes += piece.length
      most = Math.max(most, process.memoryUsage.rss())
    })
    request.on('end', () => response.end('whole'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { url } = await startBefore(t, `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const socket = dial(url)
  const answer = reader(socket)
  const before = process.memoryUsage.rss()
  socket.write(`POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: ${pieces * chunk.length}\r\n\r\n`)
  for (let piece = 0; piece < pieces; piece++) if (!socket.write(chunk)) await once(socket, 'drain')
  await answer.until(/whole$/)
  socket.destroy()
  t.equal(bytes, pieces * chunk.length)
  // Client, gateway and service share this process, and its collector takes its time.
  t.ok(most - before < bytes / 3, `${Math.round((most - before) / 1024 ** 2)} MiB more at most`)
})
