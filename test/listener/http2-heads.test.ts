import { once } from 'node:events'
import t, { type Test } from 'tap'
import { startBackend } from '../backend.ts'
import { startGateway } from '../gateway.ts'
import { fields, flag, frame, get, openRaw, type, type RawHttp2 } from './frames.ts'
import { ask2, certificates, openHttp2, pair } from './tls.ts'

/** A listener whose other limits are far off, and a service that answers when it is told to. */
async function begin(t: Test) {
  let arrived: (answer: () => void) => void = () => undefined
  const arrival = new Promise<() => void>((resolve) => (arrived = resolve))
  const backend = await startBackend(t, (request, response) => {
    if (request.url === '/slow') arrived(() => response.end('late'))
    else response.end('ok')
  })
  const running = await startGateway(t, {
    ...certificates('localhost'),
    'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0, tls: { ${pair('localhost')} }, timeouts: { headers: 500ms, idle: 1h } } }
services: { s: { targets: [{ url: "${backend.url}" }], timeout: { attempt: 1h, total: 1h } } }
routes: { all: { match: { path: /s/* }, to: { service: s, path: /* } } }
`,
  })
  return { ...running, arrival }
}

/** Writes what there is byte by byte for as long as the connection is open. */
function dribble(t: Test, { socket }: RawHttp2, bytes: Buffer): void {
  let at = 0
  const timer = setInterval(() => {
    if (!socket.destroyed && at < bytes.length) socket.write(bytes.subarray(at, ++at))
  }, 10)
  t.teardown(() => clearInterval(timer))
}

const whole = flag.endStream | flag.endHeaders
const slowly: Record<string, [first: Buffer, rest: Buffer]> = {
  'CONTINUATION that dribbles': [frame(type.headers, flag.endStream, 1, get('/s/x')), frame(type.continuation, 0, 1, fields([['x-a', 'x'.repeat(10_000)]]))],
  'CONTINUATION that never comes': [frame(type.headers, flag.endStream, 1, get('/s/x')), Buffer.alloc(0)],
  'HEADERS that dribble': [frame(type.headers, whole, 1, get('/s/x')).subarray(0, 20), get('/s/x', [['x-a', 'x'.repeat(10_000)]])],
}

for (const [name, [first, rest]] of Object.entries(slowly)) {
  t.test(`a connection whose headers do not end in time is let go: ${name}`, async (t) => {
    const { url } = await begin(t)
    const raw = await openRaw(t, url)
    raw.write(first)
    dribble(t, raw, rest)
    t.not(await raw.ended(), 0)
    t.equal((await ask2(await openHttp2(t, url), { ':path': '/s/x' })).text, 'ok', 'others are served')
  })
}

t.test('so is one on which a request is under way', async (t) => {
  const { url, arrival, lines } = await begin(t)
  const raw = await openRaw(t, url)
  raw.write(frame(type.headers, whole, 1, get('/s/slow')))
  await arrival
  raw.write(frame(type.headers, flag.endStream, 3, get('/s/x')))
  t.not(await raw.ended(), 0)
  t.match(await lines.when(({ msg }) => msg === 'exchange'), { cut: true, path: '/s/slow' })
})

t.test('a connection whose headers came in time is not let go, whatever became of its requests', async (t) => {
  const { url, arrival } = await begin(t)
  const session = await openHttp2(t, url)
  const pending = ask2(session, { ':path': '/s/slow' })
  const answer = await arrival
  const raw = await openRaw(t, url)
  // Node resets the stream before anybody hears of it, as the field has no place in HTTP/2.
  raw.write(frame(type.headers, whole, 1, get('/s/x', [['connection', 'close']])))
  await raw.when((frame) => frame.type === type.reset)
  const ping = await raw.when((frame) => frame.type === type.ping)
  raw.write(frame(type.ping, flag.ack, 0, ping?.payload))
  const slow = await openRaw(t, url)
  slow.write(frame(type.headers, flag.endStream, 1, get('/s/x')))
  await slow.ended()
  raw.write(frame(type.headers, whole, 3, get('/s/x')))
  t.ok(await raw.when((frame) => frame.stream === 3 && frame.type === type.data))
  answer()
  t.equal((await pending).text, 'late')
  const closed = once(session, 'close')
  session.close()
  await closed
})
