import t, { type Test } from 'tap'
import { startBackend } from '../backend.ts'
import { startGateway } from '../gateway.ts'
import { flag, fields, frame, get, newest, openRaw, remembered, reset, type, type RawHttp2 } from './frames.ts'
import { ask2, certificates, openHttp2, pair } from './tls.ts'

const config = (target: string, listener = ''): Record<string, string> => ({
  ...certificates('localhost'),
  'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0, tls: { ${pair('localhost')} }${listener} } }
services:
  s: { targets: [{ url: "${target}" }] }
routes:
  all: { match: { path: /s/* }, to: { service: s, path: /* } }
`,
})

const begin = async (t: Test, listener?: string, handler?: Parameters<typeof startBackend>[1]) => {
  const backend = await startBackend(t, handler)
  const running = await startGateway(t, config(backend.url, listener))
  const neighbour = await openHttp2(t, running.url)
  const served = async () => t.equal((await ask2(neighbour, { ':path': '/none' })).status, 404, 'another client is served')
  return { backend, served, ...running }
}

/** Writes frames for as long as the connection is open, so many times at most. */
async function flood(raw: RawHttp2, times: number, frames: (turn: number) => Buffer[]): Promise<void> {
  for (let turn = 0; turn < times && !raw.closed; turn++) {
    raw.write(...frames(turn))
    if (turn % 50 === 49) await raw.flushed()
  }
}

const open = flag.endStream | flag.endHeaders

t.test('Rapid Reset: requests that are taken back at once end the connection, and others are served', async (t) => {
  const { url, served, backend, server } = await begin(t, ', http2: { resets: 10/s, resetBurst: 50 }', () => undefined)
  const raw = await openRaw(t, url)
  const ended = raw.ended()
  await flood(raw, 20_000, (turn) => [frame(type.headers, open, 2 * turn + 1, get('/s/x')), reset(2 * turn + 1)])
  t.ok((await ended) !== 0, 'with an error')
  await served()
  t.ok(backend.seen.length <= 100, `${backend.seen.length} calls were made`)
  await server.gateway?.idle()
  t.equal(server.gateway?.inFlight, 0, 'nothing is left of them')
})

t.test('as many resets as a client may send leave it its connection', async (t) => {
  const { url } = await begin(t, ', http2: { resets: 1/s, resetBurst: 50 }')
  const raw = await openRaw(t, url)
  await flood(raw, 40, (turn) => [frame(type.headers, open, 2 * turn + 1, get('/s/x')), reset(2 * turn + 1)])
  raw.write(frame(type.headers, open, 101, get('/none')))
  t.ok(await raw.when((frame) => frame.stream === 101 && frame.type === type.headers))
})

t.test('resets that a client provokes count like its own', async (t) => {
  const { url, served } = await begin(t)
  const raw = await openRaw(t, url)
  const ended = raw.ended()
  // A window update of nothing is a stream error (RFC 9113 section 6.9), which makes the server reset the stream.
  await flood(raw, 20_000, (turn) => [frame(type.headers, open, 2 * turn + 1, get('/s/x')), frame(type.windowUpdate, 0, 2 * turn + 1, Buffer.alloc(4))])
  t.not(await ended, 0)
  await served()
})

t.test('CONTINUATION flood: headers that never end are ended soon', async (t) => {
  for (const [name, block] of Object.entries({ 'of fields': fields([['x-a', 'x'.repeat(1000)]]), 'of nothing': Buffer.alloc(0) })) {
    const { url, served } = await begin(t)
    const raw = await openRaw(t, url)
    const ended = raw.ended()
    raw.write(frame(type.headers, flag.endStream, 1, get('/s/x')))
    let sent = 0
    await flood(raw, 100_000, () => [(sent++, frame(type.continuation, 0, 1, block))])
    t.not(await ended, 0, name)
    t.ok(sent < 100_000, `${name}: the client was stopped`)
    await served()
  }
})

t.test('HPACK bomb: a small block that unpacks to much is refused before it is unpacked', async (t) => {
  const { url, served, backend } = await begin(t)
  const raw = await openRaw(t, url)
  const value = 'x'.repeat(3900)
  const bomb = Buffer.concat([get('/s/x'), remembered('x-a', value), ...Array.from({ length: 12_000 }, () => newest)])
  const before = process.memoryUsage().rss
  for (let turn = 0; turn < 20 && !raw.closed; turn++) raw.write(frame(type.headers, open, 2 * turn + 1, turn === 0 ? bomb : Buffer.concat([get('/s/x'), ...Array.from({ length: 12_000 }, () => newest)])))
  await raw.when((frame) => frame.type === type.reset || frame.type === type.goaway)
  t.ok(raw.frames.every((frame) => frame.type !== type.headers), 'none is answered')
  t.ok(process.memoryUsage().rss - before < 100 * 1024 * 1024, 'unpacked it would be a gigabyte')
  t.same(backend.seen, [])
  await served()
})

t.test('more fields than may be are refused', async (t) => {
  const { url, backend, served } = await begin(t, ', limits: { headers: 20 }')
  const raw = await openRaw(t, url)
  raw.write(frame(type.headers, open, 1, get('/s/x', Array.from({ length: 30 }, (_, index) => [`x-${index}`, '1'] as const))))
  const told = await raw.when((frame) => frame.stream === 1 && frame.type === type.data)
  t.match(told?.payload.toString(), /HEADERS_TOO_LARGE/, 'a few more with a word')
  raw.write(frame(type.headers, open, 3, get('/s/x', Array.from({ length: 500 }, (_, index) => [`x-${index}`, '1'] as const))))
  t.ok(await raw.when((frame) => frame.stream === 3 && frame.type === type.reset), 'many more without one')
  t.same(backend.seen, [])
  await served()
})

t.test('more requests at a time than may be end the connection', async (t) => {
  const { url, served } = await begin(t, ', http2: { streams: 5 }', () => undefined)
  const raw = await openRaw(t, url)
  const ended = raw.ended()
  for (let turn = 0; turn < 5; turn++) raw.write(frame(type.headers, open, 2 * turn + 1, get('/s/x')))
  raw.write(frame(type.ping, 0, 0, Buffer.alloc(8)))
  t.ok(await raw.when((frame) => frame.type === type.ping), 'as many as may be are taken')
  raw.write(frame(type.headers, open, 11, get('/s/x')))
  t.not(await ended, 0)
  await served()
})

for (const [name, frames] of Object.entries({
  'PING': frame(type.ping, 0, 0, Buffer.alloc(8)),
  'SETTINGS': frame(type.settings, 0, 0),
})) {
  t.test(`${name} flood: answers that a client does not read end its connection`, async (t) => {
    const { url, served } = await begin(t)
    const raw = await openRaw(t, url)
    raw.socket.pause()
    let sent = 0
    const burst = Buffer.concat(Array.from({ length: 1000 }, () => frames))
    const ended = raw.ended()
    for (; sent < 2000 && !raw.closed; sent++) {
      raw.write(burst)
      if (raw.socket.writableLength > 1024 * 1024) break
      await new Promise((resolve) => setImmediate(resolve))
    }
    raw.socket.resume()
    t.ok(sent < 2000, 'the client is held back, or let go')
    await ended
    await served()
  })
}

t.test('frames that break the protocol end the connection', async (t) => {
  for (const frames of [
    [frame(type.headers, open, 2, get('/none'))],
    [frame(type.data, 0, 1, Buffer.alloc(20_000))],
    [frame(type.data, 0, 0, Buffer.alloc(1))],
    [frame(type.continuation, flag.endHeaders, 1, get('/none'))],
    [frame(type.headers, open, 1, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))],
  ]) {
    const { url, served } = await begin(t)
    const raw = await openRaw(t, url)
    const ended = raw.ended()
    raw.write(...frames)
    t.not(await ended, 0)
    await served()
  }
})
