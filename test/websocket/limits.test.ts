import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { TestClock } from '../clock.ts'
import { startGateway } from '../gateway.ts'
import { makeKey, sign, startIssuer } from '../identity/issuer.ts'
import { certificates, openTls, pair, pem } from '../listener/tls.ts'
import { configOf, join, startBoth, type Joined } from './fixture.ts'
import { closing, frame } from './frame.ts'
import { Peer, accept, handshake, shake, startService } from './peer.ts'

/** The answer to one handshake more. */
async function refusal(t: Test, { url }: Pick<Joined, 'url'>, path = '/ws/a'): Promise<string> {
  const client = shake(t, url, path)
  const head = await client.head()
  return head + (await client.take(1000)).toString()
}

const full = /^HTTP\/1\.1 503 [^]*\r\nretry-after: \d+\r\n[^]*"code":"WEBSOCKETS_FULL"/i

t.test('one socket more than a route takes is refused before the service is asked', async (t) => {
  const both = await startBoth(t, { websocket: '{ max: 2 }', routes: '\n  other: { match: { path: /other }, to: { service: s, path: /chat, websocket: { max: 1 } } }' })
  const first = await join(t, both)
  await join(t, both)
  t.match(await refusal(t, both), full)
  t.equal(both.service.seen.length, 2)
  t.match(await shake(t, both.url, '/other').head(), /^HTTP\/1\.1 101 /, 'routes count on their own')
  await both.service.next()
  first.client.socket.destroy()
  await both.lines.when(({ msg, status }) => msg === 'exchange' && status === 101)
  t.match((await join(t, both)).head, /^HTTP\/1\.1 101 /, 'there is room again')
})

t.test('a handshake under way counts, and one that comes to nothing does not', async (t) => {
  let refuse: () => void = () => undefined
  const both = await startBoth(t, { websocket: '{ max: 1 }' }, (request, socket) => {
    if (request.url?.endsWith('/later') === true) return accept(request, socket)
    refuse = () => void socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n')
  })
  const pending = shake(t, both.url, '/ws/a')
  await both.service.next()
  t.match(await refusal(t, both), full)
  refuse()
  t.match(await pending.head(), /^HTTP\/1\.1 403 /)
  await pending.gone
  t.match(await shake(t, both.url, '/ws/later').head(), /^HTTP\/1\.1 101 /)
})

t.test('a reload forgets no socket that is open', async (t) => {
  const both = await startBoth(t, { websocket: '{ max: 2 }' })
  await join(t, both)
  await join(t, both)
  both.write(configOf(both.service.url, { websocket: '{ max: 3 }' }))
  await both.reloader.reload()
  await join(t, both)
  t.match(await refusal(t, both), full)
})

const key = await makeKey('first')

/** A route for bearer tokens, on a clock that the test moves. */
async function startGuarded(t: Test, clock: TestClock) {
  const { issuer } = await startIssuer(t, [key])
  const service = await startService(t)
  const files = configOf(service.url, {
    websocket: '{ idle: 1d }', route: ', auth: { providers: [main] }', more: `\nidentity: { main: { type: jwt, issuer: "${issuer}", audience: shop, clockTolerance: 5s } }`,
  })
  return { ...(await startGateway(t, files, {}, clock)), service, token: (exp: number, sub = 'ada') => sign(key, { issuer, clock }, { sub, exp: clock.now() / 1000 + exp }) }
}

t.test('a socket is closed with 1008 when the token that opened it no longer counts', async (t) => {
  const clock = new TestClock()
  const both = await startGuarded(t, clock)
  const { client, peer } = await join(t, both, { Authorization: `Bearer ${await both.token(600)}` })
  const later = await join(t, both, { Authorization: `Bearer ${await both.token(700)}` })
  clock.advance(604_999)
  peer.socket.write(frame({ payload: 'still here', masked: false }))
  t.match(await client.frame(), { opcode: 1 })
  clock.advance(1)
  t.same(await client.closeFrame(), { code: 1008, reason: 'the credential has expired' })
  t.match(await peer.closeFrame(), { code: 1008 })
  await Promise.all([client.gone, peer.gone])
  t.match(await both.lines.when(({ status }) => status === 101), { websocket: { closedBy: 'gateway', code: 1008 } })
  later.peer.socket.write(frame({ payload: 'still here', masked: false }))
  t.match(await later.client.frame(), { opcode: 1 }, 'another token counts for longer')
  later.client.socket.destroy()
  await later.peer.gone
})

t.test('a socket that ends before its token leaves no timer behind', async (t) => {
  const clock = new TestClock()
  const both = await startGuarded(t, clock)
  const timers: number[] = []
  for (const subject of ['first', 'second']) {
    const { client, peer } = await join(t, both, { Authorization: `Bearer ${await both.token(600, subject)}` })
    client.socket.write(closing(1000, true))
    await peer.closeFrame()
    peer.socket.end(closing(1000, false))
    await client.gone
    await both.lines.when((line) => line['status'] === 101 && line['subject'] === subject)
    timers.push(clock.waiting)
  }
  t.equal(timers[1], timers[0])
})

t.test('a socket does not outlive the certificate that its connection was opened with', async (t) => {
  const clock = new TestClock(new X509Certificate(pem('client')).validToDate.getTime() - 1000)
  const service = await startService(t)
  const files = configOf(service.url, {
    listener: `, tls: { ${pair('localhost')}, clients: { ca: "\${file:ca.pem}" } }`, route: ', auth: { providers: [mesh] }', more: '\nidentity: { mesh: { type: mtls } }',
  })
  const { url } = await startGateway(t, { ...files, ...certificates('localhost'), 'routes/ca.pem': pem('ca') }, {}, clock)
  const client = new Peer(await openTls(t, url, { cert: pem('client'), key: pem('client-key') }))
  client.socket.write(handshake('localhost', '/ws/a'))
  t.match(await client.head(), /^HTTP\/1\.1 101 /)
  const peer = await service.next()
  clock.advance(999)
  peer.socket.write(frame({ payload: 'still here', masked: false }))
  t.match(await client.frame(), { opcode: 1 })
  const closed = once(client.socket, 'close')
  clock.advance(1)
  t.match(await client.closeFrame(), { code: 1008 })
  await closed
})
