import { Readable } from 'node:stream'
import t from 'tap'
import { startGateway } from '../gateway.ts'
import { certificates, openTls, pair } from '../listener/tls.ts'
import { configOf, join, startBoth } from './fixture.ts'
import { closing, frame } from './frame.ts'
import { Peer, handshake, shake, startService } from './peer.ts'

t.test('WebSockets work over TLS, beside HTTP/2', async (t) => {
  const service = await startService(t)
  const files = { ...configOf(service.url, { listener: `, tls: { ${pair('localhost')} }` }), ...certificates('localhost') }
  const { url } = await startGateway(t, files)
  const client = new Peer(await openTls(t, url))
  client.socket.write(handshake('localhost', '/ws/a'))
  t.match(await client.head(), /^HTTP\/1\.1 101 /)
  const peer = await service.next()
  t.match(service.seen[0]?.headers, { 'x-forwarded-proto': 'https' })
  const message = frame({ payload: 'hello' })
  client.socket.write(message)
  t.ok((await peer.take(message.length)).equals(message))
  peer.socket.write(closing(1000, false))
  t.match(await client.closeFrame(), { code: 1000 })
  client.socket.write(closing(1000, true))
  await Promise.all([client.gone, peer.gone])
})

t.test("a listener's limit on stalled answers is none on quiet WebSockets", async (t) => {
  const both = await startBoth(t, { listener: ', timeouts: { stalled: 20ms }', websocket: '{ idle: 200ms }' })
  const { client } = await join(t, both)
  t.match(await client.closeFrame(), { code: 1001 }, 'the idle limit of the route ended it')
})

t.test('a client that does not read a refusal is cut off by that limit', async (t) => {
  const both = await startBoth(t, { listener: ', timeouts: { stalled: 50ms }' }, (_request, socket) => {
    socket.on('error', () => undefined)
    socket.write('HTTP/1.1 403 Forbidden\r\n\r\n')
    Readable.from(endless()).pipe(socket)
  })
  const client = shake(t, both.url, '/ws/a')
  client.socket.pause()
  const peer = await both.service.next()
  await peer.gone
  t.match(await both.lines.when(({ cut }) => cut === true), { status: 403 })
})

function* endless(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(65_536)
}
