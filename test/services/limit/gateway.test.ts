import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { startGateway } from '../../gateway.ts'
import { join, startBoth } from '../../websocket/fixture.ts'

/** A gateway before a service that answers `/now` at once, and other paths when the test does. */
async function start(t: Test, concurrency: string, largest = '100MiB') {
  const waiting: ServerResponse[] = []
  let arrived: () => void = () => undefined
  const server = createServer((request, response) => {
    if (request.url === '/now') return void response.end('now')
    waiting.push(response)
    arrived()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const next = async () => {
    while (waiting.length === 0) await new Promise<void>((resolve) => (arrived = resolve))
    return waiting.shift() as ServerResponse
  }
  const running = await startGateway(t, {
    'routes/gateway.yaml': `listeners: { public: { host: 127.0.0.1, port: 0 } }
services: { s: { targets: [{ url: "http://127.0.0.1:${(server.address() as AddressInfo).port}" }], concurrency: ${concurrency} } }
routes: { all: { match: { path: /* }, to: { service: s }, size: { body: ${largest} } } }`,
  })
  return { ...running, next }
}

t.test('a call waits for its turn, and what finds the queue taken is answered at once', async (t) => {
  const { url, next, lines, server } = await start(t, '{ max: 1, queue: 1 }')
  const first = fetch(`${url}/a`)
  const answer = await next()
  const second = fetch(`${url}/now`)
  while (server.gateway?.inFlight !== 2) await new Promise(setImmediate)
  answer.end('done')
  t.equal((await first).status, 200)
  t.equal((await second).status, 200)
  t.match(await lines.when(({ path }) => path === '/now'), { calls: [{ service: 's', queuedMs: Number }] })

  const third = fetch(`${url}/b`)
  const last = await next()
  const refused = await Promise.race([fetch(`${url}/now`), fetch(`${url}/now`)])
  t.equal(refused.headers.get('retry-after'), '1')
  t.match(await refused.json(), { code: 'SERVICE_BUSY', status: 503 })
  last.end('done')
  t.equal((await third).status, 200)
})

t.test('a slow upload, a slow reader and an open WebSocket hold no place', async (t) => {
  const { url, next } = await start(t, '{ max: 1, queue: 0 }')
  const { hostname, port } = new URL(url)
  const upload = connect(Number(port), hostname)
  t.teardown(() => upload.destroy())
  upload.write('POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n')
  const uploading = await next()
  t.equal((await fetch(`${url}/now`)).status, 200, 'while an upload is under way')
  uploading.write('the answer begins')
  const download = fetch(`${url}/download`)
  const reading = await next()
  reading.write('the first of it')
  const { body, status } = await download
  t.equal(status, 200)
  t.equal((await fetch(`${url}/now`)).status, 200, 'while an answer is under way')
  reading.end()
  await body?.cancel()
  const both = await startBoth(t, { access: '[]\n    concurrency: { max: 1, queue: 0 }' })
  await join(t, both)
  t.equal((await fetch(`${both.url}/plain`)).status, 200, 'while a WebSocket is open')
})

t.test('a body that turns out too large while its call waits is refused in its turn', async (t) => {
  const { url, next, server } = await start(t, '{ max: 1, queue: 1 }', '8B')
  const first = fetch(`${url}/a`)
  const answer = await next()
  const { hostname, port } = new URL(url)
  const second = connect(Number(port), hostname)
  const answered = text(second)
  second.write(`POST /now HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n${'x'.repeat(9)}\r\n0\r\n\r\n`)
  while (server.gateway?.inFlight !== 2) await new Promise(setImmediate)
  await new Promise(setImmediate)
  answer.end('done')
  t.equal((await first).status, 200)
  t.match(await answered, /^HTTP\/1\.1 413 /)
})
