import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import { connect, createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { Agent, request } from 'undici'
import t, { type Test } from 'tap'
import { startGateway } from './gateway.ts'

const crowd = 1000
/** As many as come at a time: more at once than a service is given would be a burst, which is refused. */
const wave = 100

async function listen(t: Test, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function config(services: Record<string, string>): Record<string, string> {
  const names = Object.keys(services)
  return {
    'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0 } }
services:
${names.map((name) => `  ${name}: { targets: [{ url: "${services[name] ?? ''}" }], timeout: { attempt: 2s, total: 2s } }`).join('\n')}
routes:
${names.map((name) => `  ${name}: { match: { path: /${name}/* }, size: { body: 1GiB }, to: { service: ${name}, path: /* } }`).join('\n')}
`,
  }
}

/** Opens `count` sockets to the gateway that send `bytes` and then do nothing more. */
async function openMany(t: Test, url: string, count: number, bytes: string): Promise<Socket[]> {
  const port = Number(new URL(url).port)
  const sockets = Array.from({ length: count }, () => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    if (bytes !== '') socket.write(bytes)
    return socket
  })
  t.teardown(() => sockets.forEach((socket) => socket.destroy()))
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  return sockets
}

const get = async (url: string) => {
  const { statusCode, body } = await request(url)
  return { status: statusCode, text: await body.text() }
}

t.test('slow uploads, slow readers and idle sockets take nothing from anybody else', async (t) => {
  const asked = new EventEmitter()
  let uploads = 0
  let downloads = 0
  const chunk = Buffer.alloc(64 * 1024)
  const server = createServer((request, response) => {
    if (request.url === '/quick') return void response.end('quick')
    if (request.method === 'POST') uploads += 1
    else {
      downloads += 1
      response.write(chunk)
    }
    if (downloads % wave === 0) asked.emit('wave')
    if (uploads === crowd) asked.emit('uploads')
  })
  const { url } = await startGateway(t, config({ s: await listen(t, server) }))
  await openMany(t, url, crowd, '')
  const uploading = once(asked, 'uploads')
  await openMany(t, url, crowd, 'POST /s/up HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nx')
  await uploading
  for (let readers = 0; readers < crowd; readers += wave) {
    const reading = once(asked, 'wave')
    for (const reader of await openMany(t, url, wave, 'GET /s/down HTTP/1.1\r\nHost: a\r\n\r\n')) reader.pause()
    await reading
  }
  t.same(await get(`${url}/s/quick`), { status: 200, text: 'quick' })
})

t.test('what a client does not read waits at the service, not in the gateway', async (t) => {
  let written = 0
  let stuck: () => void = () => undefined
  const held = new Promise<void>((resolve) => (stuck = resolve))
  const chunk = Buffer.alloc(64 * 1024)
  const total = 512 * 1024 * 1024
  const server = createServer((_request, response) => {
    response.socket?.setTimeout(300, stuck)
    const pour = () => {
      while (written < total) {
        written += chunk.length
        if (!response.write(chunk)) return
      }
    }
    response.on('drain', pour)
    pour()
  })
  const { url } = await startGateway(t, config({ s: await listen(t, server) }))
  const [reader] = await openMany(t, url, 1, 'GET /s/down HTTP/1.1\r\nHost: a\r\n\r\n')
  reader?.pause()
  await held
  t.ok(written < 64 * 1024 * 1024, `${written} bytes left the service, which is what the sockets between hold`)
})

t.test('a service that hangs, drips or resets costs a healthy route nothing', async (t) => {
  const healthy = await listen(t, createServer((request, response) => response.end(request.url)))
  const sockets = new Set<Socket>()
  const faulty = await listen(t, createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('data', () => {
      const fault = sockets.size % 3
      if (fault === 0) socket.destroy()
      if (fault === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\ndrip')
    })
  }))
  t.teardown(() => sockets.forEach((socket) => socket.destroy()))
  const { url } = await startGateway(t, config({ healthy, faulty }))
  const agent = new Agent({ connections: 400 })
  t.teardown(() => agent.destroy())
  const noise = Array.from({ length: 200 }, () =>
    request(`${url}/faulty/x`, { dispatcher: agent }).then(({ body }) => body.dump()).catch(() => undefined))
  const answers = await Promise.all(Array.from({ length: 200 }, async (_, client) => {
    const texts: string[] = []
    for (let round = 0; round < 5; round++) {
      const { statusCode, body } = await request(`${url}/healthy/${client}-${round}`, { dispatcher: agent })
      texts.push(`${statusCode} ${await body.text()}`)
    }
    return texts
  }))
  t.same(answers.flat().sort(), Array.from({ length: 1000 }, (_, index) => `200 /${Math.floor(index / 5)}-${index % 5}`).sort())
  await agent.destroy()
  await Promise.all(noise)
})
