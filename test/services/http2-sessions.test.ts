import { once } from 'node:events'
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo, Server } from 'node:net'
import { createServer as createTls, type TLSSocket } from 'node:tls'
import t, { type Test } from 'tap'
import { openHttpTarget } from '../../src/services/http.ts'
import { openHttp2Target } from '../../src/services/http2.ts'
import { flag, frame, type } from '../listener/frames.ts'
import { pem } from '../listener/tls.ts'
import { sendTo } from './sent.ts'

const identity = { cert: pem('localhost'), key: pem('localhost-key') }

async function open(t: Test, server: Server, connectMs = 5000) {
  const sockets: TLSSocket[] = []
  server.on('secureConnection', (socket: TLSSocket) => {
    socket.on('error', () => undefined)
    sockets.push(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const settings = { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, connections: 1, connectMs, http2: true, tls: { ca: pem('localhost') } }
  const target = openHttp2Target(settings, openHttpTarget(settings))
  t.teardown(async () => {
    await target.close()
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { target, sockets, send: (path = '/x') => sendTo(target, { path }) }
}

/** A service that takes so many calls at a time over a connection. */
function serve(most: number, answer: (stream: ServerHttp2Stream) => void): Http2SecureServer {
  const server = createSecureServer({ ...identity, settings: { maxConcurrentStreams: most } })
  server.on('session', (session: ServerHttp2Session) => session.on('error', () => undefined))
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => undefined)
    answer(stream)
  })
  return server
}

/** A service that negotiates HTTP/2 and then does as it is told. */
const negotiate = (then: (socket: TLSSocket) => void) => createTls({ ...identity, ALPNProtocols: ['h2'] }, then)

const leaving = frame(type.goaway, 0, 0, Buffer.alloc(8))

t.test('a fresh connection gets no more calls than its settings say', async (t) => {
  let [now, most] = [0, 0]
  const { send, sockets } = await open(t, serve(3, (stream) => {
    most = Math.max(most, ++now)
    stream.on('close', () => now--)
    setImmediate(() => {
      stream.respond({ ':status': 200 })
      stream.end('ok')
    })
  }))
  const outcomes = await Promise.all(Array.from({ length: 40 }, () => send().outcome))
  t.same(outcomes, outcomes.map(() => 'ok'))
  t.equal(most, 3)
  t.equal(sockets.length, 1)
})

t.test('a connection whose settings never come could not be opened', async (t) => {
  const { send, sockets } = await open(t, negotiate((socket) => void socket.resume()), 100)
  t.equal(await send().outcome, 'SERVICE_TIMEOUT not-sent')
  for (const socket of sockets) if (!socket.closed) await once(socket, 'close')
  t.equal(await send().outcome, 'SERVICE_TIMEOUT not-sent', 'the next is opened anew')
  t.equal(sockets.length, 2)
})

const ends: Record<string, (socket: TLSSocket) => void> = {
  'before its settings': (socket) => void socket.end(),
  'by a reset before its settings': (socket) => void socket.destroy(),
  'with something else than settings': (socket) => void socket.end(leaving),
  'with a word right after its settings': (socket) => void socket.write(Buffer.concat([frame(type.settings, 0, 0), frame(type.settings, flag.ack, 0), leaving])),
}

for (const [name, end] of Object.entries(ends)) {
  t.test(`calls fail, once, on a connection that ends ${name}`, async (t) => {
    const { send, sockets } = await open(t, negotiate((socket) => {
      socket.resume()
      end(socket)
    }))
    const sent = Array.from({ length: 3 }, () => send())
    for (const { outcome } of sent) t.match(await outcome, /^SERVICE_(UNREACHABLE|RESET) /)
    t.same(sent.map(({ told }) => told.length), [1, 1, 1])
    t.equal(sockets.length, 1)
  })
}

t.test('calls that wait for room do not wait for a service that is gone', async (t) => {
  const server = serve(1, (stream) => {
    server.close()
    stream.session?.destroy()
  })
  const { send } = await open(t, server)
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => send().outcome))
  t.same(outcomes, outcomes.map((_, index) => (index === 0 ? 'SERVICE_RESET sent' : 'SERVICE_UNREACHABLE not-sent')))
})

t.test('a target that is closed opens no connection for calls that waited for room', async (t) => {
  const server = serve(1, () => undefined)
  const { target, send, sockets } = await open(t, server)
  const arrived = once(server, 'stream')
  const sent = Array.from({ length: 5 }, () => send())
  await arrived
  await target.close()
  const outcomes = await Promise.all(sent.map(({ outcome }) => outcome))
  t.same(outcomes, ['SERVICE_RESET sent', ...Array<string>(4).fill('SERVICE_RESET not-sent')])
  t.equal(await send().outcome, 'SERVICE_RESET not-sent')
  t.equal(sockets.length, 1)
})

t.test('a target that is closed gives up the connection that it opens', async (t) => {
  const server = negotiate((socket) => void socket.resume())
  const { target, send } = await open(t, server)
  const connected = once(server, 'secureConnection') as Promise<[TLSSocket]>
  const { outcome } = send()
  const [socket] = await connected
  await target.close()
  t.equal(await outcome, 'SERVICE_RESET not-sent')
  if (!socket.closed) await once(socket, 'close')
})
