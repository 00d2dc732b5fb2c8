import type { Socket } from 'node:net'
import t from 'tap'
import { receive, startBefore, startWire } from './wire.ts'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const ask = (method: string, body = '') => `${method} /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${body === '' ? '' : `Content-Length: ${body.length}\r\n`}\r\n${body}`

/** A service that keeps a connection after its first answer, and drops it at the next request without a word. */
async function start(t: Parameters<typeof startWire>[0], drop: (socket: Socket) => void, always = false) {
  const heads: string[] = []
  const target = await startWire(t, (socket, head, index) => {
    heads.push(head.split(' ', 1)[0] ?? '')
    if (index === 0 && !(always && heads.length > 1)) socket.write(ok)
    else drop(socket)
  })
  return { heads, ...(await startBefore(t, target, 1)) }
}

const drops: Record<string, (socket: Socket) => void> = { FIN: (socket) => void socket.end(), RST: (socket) => void socket.resetAndDestroy() }

for (const [name, drop] of Object.entries(drops)) {
  t.test(`a kept connection that ends by ${name} costs an idempotent request nothing`, async (t) => {
    for (const [method, body] of [['GET'], ['HEAD'], ['PUT'], ['PUT', 'hello'], ['DELETE'], ['OPTIONS'], ['QUERY', 'hello']] as const) {
      const { url, heads } = await start(t, drop)
      t.match((await receive(url, ask('GET'))).bytes, /^HTTP\/1\.1 200 /)
      t.match((await receive(url, ask(method, body))).bytes, /^HTTP\/1\.1 200 /, method)
      t.same(heads, ['GET', method, method])
    }
  })

  t.test(`one that may have taken effect is never sent twice, after ${name}`, async (t) => {
    for (const [method, body] of [['POST', ''], ['PATCH', ''], ['POST', 'hello'], ['LOCK', '']] as const) {
      const { url, heads } = await start(t, drop)
      await receive(url, ask('GET'))
      t.match((await receive(url, ask(method, body))).bytes, /^HTTP\/1\.1 502 [^]*SERVICE_RESET/, `${method} ${body}`)
      t.same(heads, ['GET', method])
    }
  })

  t.test(`it is made once more, whatever else may be tried again, after ${name}`, async (t) => {
    const { url, heads } = await start(t, drop, true)
    await receive(url, ask('GET'))
    t.match((await receive(url, ask('GET'))).bytes, /^HTTP\/1\.1 502 /)
    t.same(heads, ['GET', 'GET', 'GET', 'GET'], 'and then tried twice, as any call')
    t.match((await receive(url, ask('GET'))).bytes, /^HTTP\/1\.1 502 /, 'fresh connections are dropped too')
    t.equal(heads.length, 6)
  })
}

t.test('once a byte of an answer came there is no retry', async (t) => {
  const { url, heads } = await start(t, (socket) => void socket.end('HTTP/1.1 200 OK\r\nConte'))
  await receive(url, ask('GET'))
  t.match((await receive(url, ask('GET'))).bytes, /^HTTP\/1\.1 502 /)
  t.same(heads, ['GET', 'GET'])
})
