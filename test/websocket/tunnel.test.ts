import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { join, startBoth, type Settings } from './fixture.ts'
import { accept, shake, type Answer } from './peer.ts'
import { closing, frame } from './frame.ts'

async function joined(t: Test, settings: Settings = {}, answer?: Answer) {
  const both = await startBoth(t, settings, answer)
  return { ...both, ...(await join(t, both)) }
}

t.test('a browser-like client talks to the service, and close codes pass both ways', async (t) => {
  const both = await startBoth(t, {}, (request, socket) => accept(request, socket, ['Sec-WebSocket-Protocol: chat']))
  const websocket = new WebSocket(`${both.url.replace('http', 'ws')}/ws/a?x`, ['chat', 'other'])
  await once(websocket, 'open')
  t.equal(websocket.protocol, 'chat')
  const peer = await both.service.next()
  websocket.send('hello')
  t.match(await peer.frame(), { opcode: 1, payload: Buffer.from('hello') })
  peer.socket.write(frame({ payload: 'there', masked: false }))
  const [message] = (await once(websocket, 'message')) as [MessageEvent]
  t.equal(message.data, 'there')
  const closed = once(websocket, 'close')
  websocket.close(4001, 'done')
  t.same(await peer.closeFrame(), { code: 4001, reason: 'done' })
  peer.socket.end(closing(4001, false, 'done'))
  const [event] = (await closed) as [CloseEvent]
  t.match(event, { code: 4001, reason: 'done', wasClean: true })
  const line = await both.lines.when(({ status }) => status === 101)
  t.match(line, { route: 'ws', cut: false, websocket: { closedBy: 'client', code: 4001, received: 1, sent: 1 }, calls: [{ service: 's', status: 101 }] })
  t.equal(both.server.gateway?.inFlight, 0)
})

t.test("the service's close code reaches the client", async (t) => {
  const { client, peer, lines } = await joined(t)
  peer.socket.write(closing(1012, false, 'restarting'))
  t.same(await client.closeFrame(), { code: 1012, reason: 'restarting' })
  client.socket.write(closing(1012, true))
  t.match(await peer.closeFrame(), { code: 1012 })
  await Promise.all([client.gone, peer.gone])
  t.match(await lines.when(({ status }) => status === 101), { websocket: { closedBy: 'service', code: 1012 } })
})

t.test('fragments, pings and pongs pass as they are', async (t) => {
  const { client, peer } = await joined(t)
  const sent = [
    frame({ opcode: 2, payload: 'one', final: false }), frame({ opcode: 9, payload: 'ping' }), frame({ opcode: 0, payload: '', final: false }),
    frame({ opcode: 0, payload: 'two' }), frame({ opcode: 10, payload: 'pong' }),
  ]
  const bytes = Buffer.concat(sent)
  for (const byte of bytes) client.socket.write(Buffer.from([byte]))
  t.ok((await peer.take(bytes.length)).equals(bytes))
  const back = Buffer.concat([frame({ opcode: 9, masked: false }), frame({ opcode: 1, payload: 'a', final: false, masked: false }), frame({ opcode: 0, masked: false })])
  peer.socket.write(back)
  t.ok((await client.take(back.length)).equals(back))
})

t.test('frames that the service sends with its 101 arrive after it', async (t) => {
  const hello = frame({ payload: 'hello', masked: false })
  const { client } = await joined(t, {}, (request, socket) => {
    socket.cork()
    accept(request, socket)
    socket.write(hello)
    socket.uncork()
  })
  t.ok((await client.take(hello.length)).equals(hello))
})

t.test('large messages pass both ways at once, byte for byte', async (t) => {
  const { client, peer } = await joined(t, { websocket: '{ maxMessage: 32MiB }' })
  const up = frame({ opcode: 2, payload: randomBytes(8 * 1024 ** 2) })
  const down = frame({ opcode: 2, payload: randomBytes(8 * 1024 ** 2), masked: false })
  client.socket.write(up)
  peer.socket.write(down)
  const [gotUp, gotDown] = await Promise.all([peer.take(up.length), client.take(down.length)])
  t.ok(gotUp.equals(up))
  t.ok(gotDown.equals(down))
})

t.test('a message that is too large closes with 1009, whole or in fragments', async (t) => {
  const cases: Record<string, Buffer> = {
    whole: frame({ payload: 'x'.repeat(1025) }),
    fragments: Buffer.concat([frame({ payload: 'x'.repeat(1000), final: false }), frame({ opcode: 0, payload: 'x'.repeat(25) })]),
    announced: frame({ payload: 'x'.repeat(100_000) }).subarray(0, 14),
  }
  for (const [name, bytes] of Object.entries(cases)) {
    const { client, peer, lines } = await joined(t, { websocket: '{ maxMessage: 1KiB }' })
    client.socket.write(bytes)
    t.match(await client.closeFrame(), { code: 1009, reason: /1024 bytes/ }, name)
    if (name === 'fragments') t.match(await peer.frame(), { opcode: 1, final: false })
    t.match(await peer.closeFrame(), { code: 1001 }, name)
    client.socket.end(closing(1009, true))
    peer.socket.end()
    t.match(await lines.when(({ status }) => status === 101), { cut: false, websocket: { closedBy: 'gateway', code: 1009 } })
  }
})

t.test("a service's message that is too large is its fault", async (t) => {
  const { client, peer } = await joined(t, { websocket: '{ maxMessage: 1KiB }' })
  peer.socket.write(frame({ payload: 'x'.repeat(1025), masked: false }))
  t.match(await client.closeFrame(), { code: 1011 })
  t.match(await peer.closeFrame(), { code: 1009 })
})

t.test('a client that breaks the protocol is told 1002, and the service gets nothing of it', async (t) => {
  for (const bytes of [frame({ masked: false }), frame({ reserved: true }), frame({ opcode: 0 }), Buffer.from('GET /plain HTTP/1.1\r\nHost: a\r\n\r\n')]) {
    const { client, peer } = await joined(t)
    client.socket.write(bytes)
    t.match(await client.closeFrame(), { code: 1002 })
    t.match(await peer.closeFrame(), { code: 1001 })
  }
})

t.test('a service that dies is 1011 to the client, or a broken connection within a frame', async (t) => {
  const between = await joined(t)
  between.peer.socket.destroy()
  t.match(await between.client.closeFrame(), { code: 1011 })
  between.client.socket.end(closing(1011, true))
  t.match(await between.lines.when(({ status }) => status === 101), { cut: true, websocket: { closedBy: 'service', code: 1006 } })

  const within = await joined(t)
  const half = frame({ payload: 'x'.repeat(100), masked: false }).subarray(0, 50)
  within.peer.socket.end(half)
  t.ok((await within.client.take(half.length)).equals(half))
  t.equal(await within.client.frame(), undefined, 'no Close frame lies in the payload')
  await within.client.gone
})

t.test("a client that dies closes the service's socket, with all that it had sent", async (t) => {
  for (const how of ['end', 'reset'] as const) {
    const { client, peer, lines, server } = await joined(t)
    client.socket.write(frame({ payload: 'last' }))
    t.match(await peer.frame(), { payload: Buffer.from('last') })
    if (how === 'end') client.socket.end()
    else client.socket.resetAndDestroy()
    t.equal(await peer.frame(), undefined, 'no Close frame: the service sees 1006')
    await peer.gone
    t.match(await lines.when(({ status }) => status === 101), { cut: true, websocket: { closedBy: 'client', code: 1006 } })
    t.equal(server.gateway?.inFlight, 0)
  }
})

t.test('open WebSockets are counted', async (t) => {
  const { client, peer, runtime, server, lines } = await joined(t)
  const open = async () => (await runtime.metrics.websockets.get()).values.map(({ labels, value }) => [labels.route, value])
  t.same(await open(), [['ws', 1]])
  t.equal(server.gateway?.inFlight, 1)
  client.socket.write(closing(1000, true))
  await peer.closeFrame()
  peer.socket.end(closing(1000, false))
  await lines.when(({ status }) => status === 101)
  t.same(await open(), [['ws', 0]])
  t.equal((await runtime.metrics.exchangeSeconds.get()).values.length, 0, 'how long it was open is no answer time')
})

t.test('draining waits for WebSockets, and ends those that stay with 1001', async (t) => {
  const stays = await joined(t, { drain: '100ms' })
  const drained = stays.server.drain()
  t.match(await stays.client.closeFrame(), { code: 1001, reason: /going away/ })
  t.match(await stays.peer.closeFrame(), { code: 1001 })
  stays.client.socket.end(closing(1001, true))
  stays.peer.socket.end(closing(1001, false))
  await drained

  const leaves = await joined(t, { drain: '60s' })
  const soon = leaves.server.drain()
  const message = frame({ payload: 'still here' })
  leaves.client.socket.write(message)
  t.ok((await leaves.peer.take(message.length)).equals(message))
  leaves.client.socket.write(closing(1000, true))
  await leaves.peer.closeFrame()
  leaves.peer.socket.end(closing(1000, false))
  await soon
})

t.test('draining breaks off a handshake that the service never answers', async (t) => {
  const both = await startBoth(t, { drain: '50ms' }, () => undefined)
  const client = shake(t, both.url, '/ws/a')
  const peer = await both.service.next()
  await both.server.drain()
  await Promise.all([client.gone, peer.gone])
})

t.test('a WebSocket outlives a reload, on the gateway that it began on', async (t) => {
  const { client, peer, reloader, server } = await joined(t)
  const before = server.gateway
  t.match(await reloader.reload(), { taken: true })
  t.not(server.gateway, before)
  const message = frame({ payload: 'still here' })
  client.socket.write(message)
  t.ok((await peer.take(message.length)).equals(message))
  t.equal(before?.inFlight, 1)
  client.socket.destroy()
})
