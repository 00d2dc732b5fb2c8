import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { startBackend } from '../backend.ts'
import { TestClock } from '../clock.ts'
import { configOf } from '../config/folder.ts'
import { startGateway } from '../gateway.ts'
import { Listener } from '../../src/listener/listener.ts'
import type { Handlers } from '../../src/listener/protocol.ts'
import { flag, fields, frame, openRaw, type } from './frames.ts'
import { ask2, certificates, openHttp2, openTls, pair } from './tls.ts'

const config = (target: string, listener: string): Record<string, string> => ({
  ...certificates('localhost'),
  'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0, ${listener} } }
services:
  s: { targets: [{ url: "${target}" }] }
routes:
  all: { match: { path: /s/* }, size: { body: 1GiB }, to: { service: s, path: /* } }
`,
})

async function begin(t: Test, listener: string, handler?: Parameters<typeof startBackend>[1]) {
  const backend = await startBackend(t, handler)
  return { backend, ...(await startGateway(t, config(backend.url, listener))) }
}

async function tcp(t: Test, url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

const textOf = async (socket: Socket) => Buffer.concat((await socket.toArray()) as Buffer[]).toString()

const head = (path: string, more = '', method = 'GET') => `${method} ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`

t.test('a head that is larger than may be is refused, with its code', async (t) => {
  const { url, backend } = await begin(t, 'limits: { url: 100B, headers: 10, head: 4KiB }')
  const cases: [string, RegExp][] = [
    [head(`/s/${'x'.repeat(96)}`, 'Connection: close\r\n'), /^HTTP\/1\.1 200 /],
    [head(`/s/${'x'.repeat(98)}`, 'Connection: close\r\n'), /^HTTP\/1\.1 414 [^]*"URI_TOO_LONG"/],
    [head(`/s/x?${'x'.repeat(96)}`, 'Connection: close\r\n'), /^HTTP\/1\.1 414 [^]*x-request-id|^HTTP\/1\.1 414 /i],
    [head('/s/x', `Connection: close\r\n${'X-A: 1\r\n'.repeat(8)}`), /^HTTP\/1\.1 200 /],
    [head('/s/x', `Connection: close\r\n${'X-A: 1\r\n'.repeat(9)}`), /^HTTP\/1\.1 431 [^]*"HEADERS_TOO_LARGE"/],
    [head('/s/x', `Connection: close\r\n${'a:\r\n'.repeat(900)}`), /^HTTP\/1\.1 431 /],
    [head('/s/x', `X-A: ${'x'.repeat(5000)}\r\n`), /^HTTP\/1\.1 431 [^]*larger than 4096 bytes/],
    [head('/s/x', `Upgrade: websocket\r\nConnection: upgrade, close\r\nSec-WebSocket-Version: 13\r\n${'X-A: 1\r\n'.repeat(9)}`), /^HTTP\/1\.1 431 /],
  ]
  for (const [bytes, expected] of cases) {
    const socket = await tcp(t, url)
    socket.write(bytes)
    t.match(await textOf(socket), expected)
  }
  t.equal(backend.seen.length, 2)
})

t.test('headers that do not come in time are 408, and silence is let go', async (t) => {
  const { url } = await begin(t, 'timeouts: { headers: 100ms }')
  const [slow, silent] = [await tcp(t, url), await tcp(t, url)]
  slow.write('GET /s/x HTTP/1.1\r\nHost: a\r\n')
  t.match(await textOf(slow), /^HTTP\/1\.1 408 [^]*"REQUEST_TIMEOUT"/)
  await textOf(silent)
})

t.test('a connection without requests is let go, and a long answer is not', async (t) => {
  let arrived: (answer: () => void) => void = () => undefined
  const arrival = new Promise<() => void>((resolve) => (arrived = resolve))
  const { url } = await begin(t, 'timeouts: { headers: 5s, idle: 50ms, stalled: 50ms }', (request, response) => {
    if (request.url === '/slow') arrived(() => response.end('late'))
    else response.end('ok')
  })
  const idle = await tcp(t, url)
  idle.write(head('/s/x'))
  const patient = await tcp(t, url)
  patient.write(head('/s/slow', 'Connection: close\r\n'))
  const answer = await arrival
  t.match(await textOf(idle), /^HTTP\/1\.1 200 /, 'closed after its answer')
  answer()
  t.match(await textOf(patient), /late/, 'though nothing was sent for longer')
})

t.test('an idle HTTP/2 connection is let go, and a busy one is not', async (t) => {
  let arrived: (answer: () => void) => void = () => undefined
  const arrival = new Promise<() => void>((resolve) => (arrived = resolve))
  const { url } = await begin(t, `tls: { ${pair('localhost')} }, timeouts: { idle: 1s }`, (_request, response) => {
    arrived(() => response.end('late'))
  })
  const busy = await openHttp2(t, url)
  const ended = once(busy, 'close')
  const pending = ask2(busy, { ':path': '/s/x' })
  const answer = await arrival
  const idle = await openTls(t, url, { ALPNProtocols: ['h2'] })
  await once(idle.resume(), 'close')
  answer()
  t.match(await pending, { status: 200, text: 'late' })
  await ended
})

t.test('a client that does not read its answer is let go', async (t) => {
  const chunk = Buffer.alloc(1024 * 1024)
  const { url, lines } = await begin(t, 'timeouts: { stalled: 100ms }', (_request, response) => {
    const more = () => {
      while (!response.destroyed && response.write(chunk));
    }
    response.on('drain', more)
    more()
  })
  const socket = await tcp(t, url)
  socket.pause()
  socket.write(head('/s/x'))
  t.match(await lines.when(({ cut }) => cut === true), { status: 200 })
})

t.test('an HTTP/2 client that does not read its answer is reset, also after a pause of the service', async (t) => {
  let goOn: () => void = () => undefined
  const { url, lines } = await begin(t, `tls: { ${pair('localhost')} }, timeouts: { stalled: 100ms, handshake: 200ms }`, (request, response) => {
    if (request.url === '/ok') return void response.end()
    response.write('a little')
    goOn = () => response.end(Buffer.alloc(4 * 1024 * 1024))
  })
  const raw = await openRaw(t, url)
  const get = (path: string) => fields([[':method', 'GET'], [':scheme', 'https'], [':authority', 'a'], [':path', path]])
  raw.write(frame(type.headers, flag.endHeaders | flag.endStream, 1, get('/s/x')))
  await raw.when((frame) => frame.stream === 1 && frame.type === type.data)
  const idle = await tcp(t, url)
  // This one is let go for its handshake after twice that, so the first silence of the answer is over then.
  await textOf(idle).catch(() => '')
  goOn()
  t.ok(await raw.when((frame) => frame.stream === 1 && frame.type === type.reset))
  t.match(await lines.when(({ cut }) => cut === true), { status: 200 })
})

t.test('no more connections than may be', async (t) => {
  const { url } = await begin(t, 'limits: { connections: 2 }')
  const held = [await tcp(t, url), await tcp(t, url)]
  const third = connect(Number(new URL(url).port), '127.0.0.1')
  third.on('error', () => undefined).resume()
  await once(third, 'close')
  held[0]?.write(head('/s/x'))
  t.match(String((await once(held[0]!, 'data'))[0]), /^HTTP\/1\.1 200 /)
})

t.test('an upload that is too slow is 408, and its call is cut', async (t) => {
  const { url, backend, lines } = await begin(t, 'uploads: { rate: 1MiB, window: 50ms }')
  for (const more of ['Content-Length: 1000\r\n', 'Transfer-Encoding: chunked\r\n', 'Content-Length: 1000\r\nExpect: 100-continue\r\n']) {
    const socket = await tcp(t, url)
    socket.write(head('/s/x', more, 'POST') + (more.includes('chunked') ? '1\r\na\r\n' : ''))
    t.match(await textOf(socket), /HTTP\/1\.1 408 [^]*connection: close[^]*"REQUEST_TIMEOUT"/i, more)
  }
  t.match(await lines.when(({ code }) => code === 'REQUEST_TIMEOUT'), { status: 408, route: 'all' })
  t.same(backend.seen, [], 'no call was whole')
})

t.test('over HTTP/2 an upload that is too slow is 408, and the connection lives on', async (t) => {
  const { url } = await begin(t, `tls: { ${pair('localhost')} }, uploads: { rate: 1MiB, window: 50ms }`)
  const raw = await openRaw(t, url)
  raw.write(frame(type.headers, flag.endHeaders, 1, fields([[':method', 'POST'], [':scheme', 'https'], [':authority', 'a'], [':path', '/s/x']])), frame(type.data, 0, 1, Buffer.from('x')))
  const told = await raw.when((frame) => frame.stream === 1 && frame.type === type.data)
  t.match(told?.payload.toString(), /REQUEST_TIMEOUT/)
  raw.write(frame(type.ping, 0, 0, Buffer.alloc(8)))
  t.ok(await raw.when((frame) => frame.type === type.ping))
})

/** A listener on a clock that is driven; requests go to `request`. */
async function driven(t: Test, request: Handlers['request'], uploads: string) {
  const { listeners } = await configOf(t, { 'a.yaml': `listeners: { public: { port: 0, uploads: ${uploads} } }\nservices: { s: { targets: [{ url: "http://127.0.0.1:1" }] } }\n` })
  const clock = new TestClock()
  const listener = new Listener(listeners['public']!, { handlers: { request, upgrader: () => undefined }, clock, log: pino({ level: 'silent' }) })
  await listener.open()
  t.teardown(() => {
    void listener.close()
    listener.destroy()
  })
  return { clock, url: listener.url }
}

t.test('the body rate is an average over the window, and counts only what the client could send', async (t) => {
  const events: string[] = []
  let taken: (request: Parameters<Handlers['request']>[0]) => void = () => undefined
  const next = () => new Promise<Parameters<Handlers['request']>[0]>((resolve) => (taken = resolve))
  const { clock, url } = await driven(t, (request) => {
    request.on('late', () => events.push('late'))
    taken(request)
  }, '{ rate: 100B, window: 10s }')

  const arrives = next()
  const socket = await tcp(t, url)
  socket.write(head('/x', 'Content-Length: 1000000\r\n', 'POST'))
  const request = await arrives
  const send = async (bytes: number) => {
    socket.write('x'.repeat(bytes))
    for (let got = 0; got < bytes;) got += ((await once(request, 'data'))[0] as Buffer).length
  }
  await send(1)
  for (let window = 0; window < 3; window++) {
    await send(1000)
    clock.advance(10_000)
  }
  t.same(events, [], 'exactly as fast as asked')

  request.pause()
  socket.write('x'.repeat(200_000))
  while (request.readableLength < request.readableHighWaterMark) await new Promise((resolve) => setImmediate(resolve))
  for (let window = 0; window < 5; window++) clock.advance(10_000)
  t.same(events, [], 'a client that is held back is not slow')

  request.resume()
  let left = 200_000
  for await (const piece of request.iterator({ destroyOnReturn: false })) if ((left -= (piece as Buffer).length) === 0) break
  request.resume()
  clock.advance(10_000)
  t.same(events, [], 'nor is it in the window after that')
  clock.advance(10_000)
  t.same(events, ['late'])
  clock.advance(100_000)
  t.same(events, ['late'], 'told once')
})

t.test('a client that waits for the word to go on is not slow', async (t) => {
  let late = 0
  let taken: (response: Parameters<Handlers['request']>[1]) => void = () => undefined
  const arrives = new Promise<Parameters<Handlers['request']>[1]>((resolve) => (taken = resolve))
  const { clock, url } = await driven(t, (request, response) => {
    request.on('late', () => (late += 1))
    request.resume()
    taken(response)
  }, '{ rate: 100B, window: 10s }')
  const socket = await tcp(t, url)
  socket.write(head('/x', 'Content-Length: 10\r\nExpect: 100-continue\r\n', 'POST'))
  const response = await arrives
  clock.advance(60_000)
  t.equal(late, 0)
  response.writeContinue()
  clock.advance(10_000)
  t.equal(late, 1)
})

t.test('a slow body that nobody can answer any more costs the connection', async (t) => {
  const { clock, url } = await driven(t, (_request, response) => {
    response.writeHead(200, { 'content-length': '2' })
    response.end('ok')
  }, '{ rate: 100B, window: 10s }')
  const socket = await tcp(t, url)
  socket.write(head('/x', 'Content-Length: 10\r\n', 'POST'))
  await once(socket, 'data')
  t.equal(clock.waiting, 1)
  socket.resume()
  const closed = once(socket, 'close')
  clock.advance(10_000)
  await closed
  clock.advance(10_000)
  t.equal(clock.waiting, 0, 'and no timer is left')
})
