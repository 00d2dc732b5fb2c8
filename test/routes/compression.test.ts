import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliDecompressSync, createBrotliDecompress, createGunzip, createZstdDecompress, gunzipSync, zstdDecompressSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { startBackend } from '../backend.ts'
import { startGateway } from '../gateway.ts'
import { ask, bytesOf, filesOf } from './ask.ts'

const text = JSON.stringify(Array.from({ length: 500 }, (_, id) => ({ id, name: `product ${id}` })))
const route = '  r: { match: { path: "/*" }, compression: {}, to: { service: s } }'
const decode = { br: brotliDecompressSync, gzip: gunzipSync, zstd: zstdDecompressSync }

async function service(t: Test, handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(handler)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('a body in every coding, and its bytes in the log', async (t) => {
  const backend = await startBackend(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length, etag: '"1"' }).end(text)
  })
  const { url, lines } = await startGateway(t, filesOf(backend.url, route))
  for (const coding of ['br', 'gzip', 'zstd'] as const) {
    const response = await ask(`${url}/${coding}`, { headers: { 'accept-encoding': coding } })
    t.match(response.headers, { 'content-encoding': coding, etag: 'W/"1"', vary: 'Accept-Encoding', 'transfer-encoding': 'chunked' })
    t.notOk('content-length' in response.headers)
    const bytes = await bytesOf(response)
    t.equal(decode[coding](bytes).toString(), text)
    t.ok(bytes.length < text.length / 3, coding)
    t.match(await lines.when(({ path }) => path === `/${coding}`), { bytes: bytes.length, status: 200, cut: false })
  }
  const plain = await ask(`${url}/plain`)
  t.match(plain.headers, { 'content-length': String(text.length), etag: '"1"', vary: 'Accept-Encoding' })
  t.equal((await bytesOf(plain)).toString(), text)
  const head = await ask(`${url}/head`, { method: 'HEAD', headers: { 'accept-encoding': 'gzip' } })
  t.match(head.headers, { 'content-encoding': 'gzip', vary: 'Accept-Encoding' })
  t.notOk('content-length' in head.headers)
  t.equal((await bytesOf(head)).length, 0)
})

t.test("what other policies say is final before, and Sluice's own answers are compressed too", async (t) => {
  const { url } = await startGateway(t, filesOf('http://127.0.0.1:1', `
  typed:
    match: { path: /typed }
    compression: {}
    headers: { answer: { set: { content-type: text/plain } } }
    respond: { headers: { content-type: image/png }, body: "${'x'.repeat(2000)}" }
  kept:
    match: { path: /kept }
    compression: {}
    headers: { answer: { set: { cache-control: no-transform } } }
    respond: { body: "${'x'.repeat(2000)}" }
  off: { match: { path: /off }, respond: { body: "${'x'.repeat(2000)}" } }`))
  const options = { headers: { 'accept-encoding': 'gzip' } }
  const typed = await ask(`${url}/typed`, options)
  t.equal(typed.headers['content-encoding'], 'gzip')
  t.equal(gunzipSync(await bytesOf(typed)).toString(), 'x'.repeat(2000))
  for (const path of ['/kept', '/off']) {
    const response = await ask(`${url}${path}`, options)
    t.notOk('content-encoding' in response.headers, path)
    t.equal((await bytesOf(response)).length, 2000)
  }
})

const decoders = { br: createBrotliDecompress, gzip: createGunzip, zstd: createZstdDecompress }

for (const coding of ['br', 'gzip', 'zstd'] as const) {
  t.test(`server-sent events arrive one by one (${coding})`, async (t) => {
    let events: ServerResponse | undefined
    const target = await service(t, (_request, response) => {
      events = response
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: 0\n\n')
    })
    const { url } = await startGateway(t, filesOf(target, route))
    const response = await ask(`${url}/events`, { headers: { 'accept-encoding': coding } })
    t.equal(response.headers['content-encoding'], coding)
    const stream = response.pipe(decoders[coding]())
    for (let count = 0; count < 5; count++) {
      const [event] = (await once(stream, 'data')) as [Buffer]
      t.equal(event.toString(), `data: ${count}\n\n`)
      // The next one is only sent when this one is here, so nothing can have waited for more.
      events?.write(`data: ${count + 1}\n\n`)
    }
    events?.end()
    await once(stream, 'end')
  })
}

t.test('a body that a service breaks off stays visibly broken', async (t) => {
  let broken: ServerResponse | undefined
  const target = await service(t, (_request, response) => {
    broken = response
    response.writeHead(200, { 'content-type': 'text/plain' })
    response.write(text)
  })
  const { url, lines } = await startGateway(t, filesOf(target, route))
  const response = await ask(`${url}/x`, { headers: { 'accept-encoding': 'gzip' } })
  t.equal(response.headers['content-encoding'], 'gzip')
  await once(response, 'readable')
  broken?.destroy()
  await t.rejects(bytesOf(response), { code: 'ECONNRESET' })
  t.match(await lines.when(({ cut }) => cut === true), { status: 200, code: 'SERVICE_RESET' })
})

t.test('a client that leaves cancels the call', async (t) => {
  let closed: () => void = () => undefined
  const over = new Promise<void>((resolve) => (closed = resolve))
  const target = await service(t, (_request, response) => {
    response.on('close', closed)
    response.writeHead(200, { 'content-type': 'text/plain' })
    const more = () => {
      while (!response.destroyed && response.write(text));
      response.once('drain', more)
    }
    more()
  })
  const { url, lines } = await startGateway(t, filesOf(target, route))
  const response = await ask(`${url}/x`, { headers: { 'accept-encoding': 'br' } })
  await once(response, 'readable')
  response.destroy()
  await over
  t.match(await lines.when(({ cut }) => cut === true), { status: 200 })
})

t.test('a service is held back while the client does not read', async (t) => {
  const chunk = Buffer.alloc(256 * 1024, 'x')
  const total = 64
  let sent = 0
  const target = await service(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' })
    const more = () => {
      while (sent < total) {
        sent++
        // Noise does not compress away, so that it fills the buffers.
        if (!response.write(noise(chunk, sent))) return response.once('drain', more)
      }
      response.end()
      return response
    }
    more()
  })
  const { url } = await startGateway(t, filesOf(target, route))
  const response = await ask(`${url}/x`, { headers: { 'accept-encoding': 'gzip' } })
  response.pause()
  await new Promise((resolve) => setImmediate(resolve))
  t.ok(sent < total)
  let bytes = 0
  for await (const piece of response.pipe(createGunzip())) bytes += (piece as Buffer).length
  t.equal(bytes, total * chunk.length)
})

/** Bytes that look random and are always the same. */
function noise(chunk: Buffer, seed: number): Buffer {
  let state = seed
  const copy = Buffer.from(chunk)
  for (let index = 0; index < copy.length; index += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    copy.writeInt32LE(state, index)
  }
  return copy
}

t.test('what a service encoded itself passes as it is', async (t) => {
  const backend = await startBackend(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip', 'content-length': '4000' }).end(Buffer.alloc(4000, 1))
  })
  const { url } = await startGateway(t, filesOf(backend.url, route))
  const response = await ask(`${url}/x`, { headers: { 'accept-encoding': 'br, gzip' } })
  t.match(response.headers, { 'content-encoding': 'gzip', 'content-length': '4000' })
  t.equal((await bytesOf(response)).length, 4000)
})
