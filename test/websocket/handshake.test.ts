import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import t from 'tap'
import { join, startBoth } from './fixture.ts'
import { accept, acceptFor, key, shake } from './peer.ts'

t.test('the client is answered after the service, with what the service said', async (t) => {
  let release: () => void = () => undefined
  const both = await startBoth(t, {}, (request, socket) => {
    release = () => accept(request, socket, ['Sec-WebSocket-Protocol: v2', 'Set-Cookie: a=1', 'Connection: X-Hidden', 'X-Hidden: 1'])
  })
  const client = shake(t, both.url, '/ws/a%C3%A9/b?x=%20&y', {
    'Sec-WebSocket-Protocol': 'v1, v2', 'Sec-WebSocket-Extensions': 'permessage-deflate', Origin: 'https://anywhere.example', 'X-User-Id': 'forged', 'X-Forwarded-For': '6.6.6.6',
  })
  await both.service.next()
  t.equal(client.waiting, 0, 'no 101 before the service gave its own')
  release()
  const head = await client.head()
  t.match(head, /^HTTP\/1\.1 101 Switching Protocols\r\n/)
  t.match(head, /\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/i, 'the accept value of RFC 6455 section 1.3')
  t.match(head, /\r\nsec-websocket-protocol: v2\r\n/i)
  t.match(head, /\r\nset-cookie: a=1\r\n/i)
  t.match(head, /\r\nx-request-id: /i, 'answer steps run')
  t.notMatch(head, /extensions|x-hidden|content-length|transfer-encoding/i)
  t.match(both.service.seen[0], {
    url: '/base/chat/a%C3%A9/b?x=%20&y',
    headers: { 'sec-websocket-protocol': 'v1, v2', 'sec-websocket-version': '13', origin: 'https://anywhere.example', 'x-forwarded-for': '127.0.0.1', upgrade: 'websocket' },
  })
  const { headers } = both.service.seen[0] as IncomingMessage
  t.not(headers['sec-websocket-key'], key, 'a key of our own')
  t.notOk('sec-websocket-extensions' in headers)
  t.notOk('x-user-id' in headers)
})

t.test('what the service refuses is passed on, and the connection ends', async (t) => {
  const both = await startBoth(t, {}, (_request, socket) => {
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nX-Why: because\r\n\r\nno')
  })
  const client = shake(t, both.url, '/ws/a')
  const head = await client.head()
  t.match(head, /^HTTP\/1\.1 403 Forbidden\r\n/)
  t.match(head, /\r\nx-why: because\r\n/i)
  t.match(head, /\r\nconnection: close\r\n/i)
  t.equal((await client.take(3)).toString(), 'no')
  await client.gone
  t.equal(both.server.gateway?.inFlight, 0)
})

t.test('a handshake of the service that is no answer to ours is 502, a late one 504, none 502', async (t) => {
  const wrong: Record<string, [(request: IncomingMessage, socket: Socket) => void, number, string]> = {
    'accept value': [(request, socket) => socket.write(`HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptFor(request).toLowerCase()}\r\n\r\n`), 502, 'SERVICE_ANSWER_INVALID'],
    'no accept value': [(_request, socket) => socket.write('HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'), 502, 'SERVICE_ANSWER_INVALID'],
    'another protocol': [(request, socket) => socket.write(`HTTP/1.1 101 S\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptFor(request)}\r\n\r\n`), 502, 'SERVICE_ANSWER_INVALID'],
    'extension': [(request, socket) => accept(request, socket, ['Sec-WebSocket-Extensions: permessage-deflate']), 502, 'SERVICE_ANSWER_INVALID'],
    'subprotocol': [(request, socket) => accept(request, socket, ['Sec-WebSocket-Protocol: v9']), 502, 'SERVICE_ANSWER_INVALID'],
    'closes': [(_request, socket) => socket.destroy(), 502, 'SERVICE_RESET'],
    'is silent': [() => undefined, 504, 'SERVICE_TIMEOUT'],
  }
  for (const [name, [answer, status, code]] of Object.entries(wrong)) {
    const both = await startBoth(t, {}, answer)
    const client = shake(t, both.url, '/ws/a', { 'Sec-WebSocket-Protocol': 'v1' })
    const head = await client.head()
    t.match(head, new RegExp(`^HTTP/1\\.1 ${status} `), name)
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1])
    t.match(JSON.parse((await client.take(length)).toString()), { code, status }, name)
    await client.gone
    await (await both.service.next()).gone
  }
})

t.test('a handshake that is wrong never reaches the service', async (t) => {
  const both = await startBoth(t)
  const wrong: [string, Record<string, string | undefined>, number, string?][] = [
    ['version', { 'Sec-WebSocket-Version': '8' }, 426],
    ['no version', { 'Sec-WebSocket-Version': undefined }, 426],
    ['no key', { 'Sec-WebSocket-Key': undefined }, 400],
    ['short key', { 'Sec-WebSocket-Key': 'dGhl' }, 400],
    ['key that is no base64', { 'Sec-WebSocket-Key': '!!!!IHNhbXBsZSBub25jZQ==' }, 400],
    ['subprotocol twice', { 'Sec-WebSocket-Protocol': 'a, a' }, 400],
    ['subprotocol that is no token', { 'Sec-WebSocket-Protocol': 'a b' }, 400],
    ['early data', {}, 400, 'early'],
    ['a request hidden behind it', {}, 400, 'GET /ws/b HTTP/1.1\r\nHost: a\r\n\r\n'],
  ]
  for (const [name, headers, status, more = ''] of wrong) {
    const client = shake(t, both.url, '/ws/a', headers, more)
    const head = await client.head()
    t.match(head, new RegExp(`^HTTP/1\\.1 ${status} `), name)
    if (status === 426) t.match(head, /\r\nsec-websocket-version: 13\r\n/i)
    await client.gone
  }
  t.same(both.service.seen, [])
})

t.test('policies decide before the service is asked', async (t) => {
  const digest = createHash('sha256').update('secret-key-of-anna').digest('hex')
  const both = await startBoth(t, {
    more: `
identity: { k: { type: api-key, header: x-api-key, keys: "sha256:${digest} anna" } }
limits: { few: { by: client.address, rate: 1/h } }`,
    route: ', auth: { providers: [k] }, limits: [few]',
  })
  const anonymous = shake(t, both.url, '/ws/a')
  const refused = await anonymous.head()
  t.match(refused, /^HTTP\/1\.1 401 /)
  t.match(refused, /\r\nx-request-id: /i)
  t.match((await anonymous.take(1000)).toString(), /"code":"UNAUTHENTICATED"/)
  t.same(both.service.seen, [])

  const { head } = await join(t, both, { 'X-Api-Key': 'secret-key-of-anna' })
  t.match(head, /^HTTP\/1\.1 101 /)
  t.match(both.service.seen[0]?.headers, { 'x-user-id': 'anna' })
  t.notOk('x-api-key' in (both.service.seen[0]?.headers ?? {}), 'the credential is consumed')

  const limited = shake(t, both.url, '/ws/a', { 'X-Api-Key': 'secret-key-of-anna' })
  t.match(await limited.head(), /^HTTP\/1\.1 429 [^]*retry-after: /i)
  t.equal(both.service.seen.length, 1)
})

t.test("the service's access rules hold for WebSockets", async (t) => {
  const both = await startBoth(t, { access: '[{ methods: [GET], path: /chat/*, scopes: [admin] }]' })
  t.match(await shake(t, both.url, '/ws/a').head(), /^HTTP\/1\.1 40[13] /)
  t.same(both.service.seen, [])
})

t.test('pages of origins that are not listed are refused, before authentication', async (t) => {
  const both = await startBoth(t, { route: ', cors: { origins: ["https://shop.example.com", "https://*.apps.example.com"] }' })
  const own = both.url
  for (const [origin, status] of [
    ['https://shop.example.com', 101], ['https://a.apps.example.com', 101], [own, 101], [undefined, 101],
    ['https://evil.example.com', 403], ['null', 403], ['https://shop.example.com.evil.com', 403], ['http://shop.example.com', 403],
  ] as const) {
    const client = shake(t, both.url, '/ws/a', { Origin: origin })
    t.match(await client.head(), new RegExp(`^HTTP/1\\.1 ${status} `), String(origin))
    if (status === 101) await both.service.next()
    else t.match((await client.take(1000)).toString(), /"code":"CORS_REFUSED"/)
  }
  t.equal(both.service.seen.length, 4)
})

t.test('an upgrade is ignored where no WebSocket is given', async (t) => {
  const both = await startBoth(t)
  const asks: [string, Record<string, string>][] = [
    ['/plain', {}],
    ['/ws/a', { Upgrade: 'h2c' }],
    ['/ws/a', { Upgrade: 'websocket, h2c' }],
    ['/ws/a', { Upgrade: 'TLS/1.0' }],
    ['/ws/a', { 'Content-Length': '2' }],
  ]
  for (const [path, headers] of asks) {
    const client = shake(t, both.url, path, headers, 'Content-Length' in headers ? 'hi' : '')
    t.match(await client.head(), /^HTTP\/1\.1 200 /, JSON.stringify(headers))
    t.notOk('upgrade' in (both.service.seen.at(-1)?.headers ?? {}))
    client.socket.destroy()
  }
  const [plain] = (await once(httpRequest(`${both.url}/ws/a`, { agent: false }).end(), 'response')) as [IncomingMessage]
  t.equal(plain.statusCode, 200, 'a plain request on a WebSocket route is proxied')
  plain.resume()
  const missing = shake(t, both.url, '/none')
  t.match(await missing.head(), /^HTTP\/1\.1 404 /)
  const dots = shake(t, both.url, '/ws/%2e%2e/admin')
  t.match(await dots.head(), /^HTTP\/1\.1 400 /)
})

t.test('a handshake that is pipelined behind another request waits for no tunnel', async (t) => {
  const both = await startBoth(t)
  const socket = connect(Number(new URL(both.url).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.write(`GET /plain HTTP/1.1\r\nHost: a\r\n\r\nGET /ws/a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`)
  const answers = Buffer.concat((await socket.toArray()) as Buffer[]).toString()
  t.equal(answers.match(/HTTP\/1\.1 200 /g)?.length, 2)
  t.notMatch(answers, /HTTP\/1\.1 101/)
})

t.test('a client that leaves during the handshake ends the call', async (t) => {
  const both = await startBoth(t, {}, () => undefined)
  const client = shake(t, both.url, '/ws/a')
  const peer = await both.service.next()
  client.socket.end()
  await peer.gone
  t.match(await both.lines.when(({ cut }) => cut === true), { route: 'ws' })
  t.equal(both.server.gateway?.inFlight, 0)
})

t.test('a match without GET can give no WebSocket', async (t) => {
  await t.rejects(startBoth(t, { routes: `
  post: { match: { methods: [POST], path: /post }, to: { service: s, websocket: {} } }` }), /a WebSocket begins with a GET/)
})
