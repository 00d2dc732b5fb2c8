import { once } from 'node:events'
import { createServer, type Server as HttpServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { Agent, request } from 'undici'
import t, { type Test } from 'tap'
import { startBackend } from './backend.ts'
import { startGateway } from './gateway.ts'

function config(target: string, routes: string): Record<string, string> {
  return {
    'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0 } }
drain: 5s
services:
  s: { targets: [{ url: "${target}" }] }
routes:${routes}
`,
  }
}

const first = `
  a: { match: { path: /a }, to: { service: s, path: /first } }`
const second = `
  a: { match: { path: /a }, to: { service: s, path: /second } }
  b: { match: { path: /b }, to: { service: s, path: /new } }`

const ask = async (url: string, agent?: Agent) => {
  const { statusCode, body } = await request(url, agent === undefined ? {} : { dispatcher: agent })
  return { status: statusCode, text: await body.text() }
}

t.test('under load a reload fails no request, and the new route answers', async (t) => {
  const backend = await startBackend(t)
  const { url, write, reloader } = await startGateway(t, config(backend.url, first))
  const agent = new Agent({ connections: 8 })
  t.teardown(() => agent.destroy())
  const statuses = new Map<number, number>()
  let going = true
  const client = async () => {
    while (going) {
      const { status } = await ask(`${url}/a`, agent)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  const clients = Array.from({ length: 8 }, client)
  for (let round = 0; round < 5; round++) {
    write(config(backend.url, round % 2 === 0 ? second : first))
    t.match(await reloader.reload(), { taken: true })
    await ask(`${url}/a`, agent)
  }
  going = false
  await Promise.all(clients)
  t.same([...statuses.keys()], [200])
  t.equal((await ask(`${url}/b`)).status, 200)
  t.ok(backend.seen.some(({ url }) => url === '/second'))
})

t.test('an unchanged service keeps its connections across a reload', async (t) => {
  const server = createServer((_request, response) => response.end('ok'))
  let connections = 0
  server.on('connection', () => connections++)
  const target = await listen(t, server)
  const { url, write, reloader, runtime } = await startGateway(t, config(target, first))
  await ask(`${url}/a`)
  write(config(target, second))
  t.match(await reloader.reload(), { taken: true })
  await ask(`${url}/b`)
  t.equal(connections, 1)
  t.ok(runtime.shared.size > 0)
})

t.test('an exchange under way ends on the gateway that it began on', async (t) => {
  let answer: () => void = () => undefined
  const held = new Promise<void>((resolve) => (answer = resolve))
  let arrived: () => void = () => undefined
  const arrival = new Promise<void>((resolve) => (arrived = resolve))
  const server = createServer((_request, response) => {
    arrived()
    void held.then(() => response.end('from the old one'))
  })
  const slow = await listen(t, server)
  const quick = await startBackend(t)
  const { url, write, reloader, server: sluice } = await startGateway(t, config(slow, first))
  const before = sluice.gateway
  const pending = ask(`${url}/a`)
  await arrival
  write(config(quick.url, second))
  t.match(await reloader.reload(), { taken: true })
  t.not(sluice.gateway, before)
  t.equal((await ask(`${url}/b`)).status, 200)
  t.equal(before?.inFlight, 1)
  answer()
  t.same(await pending, { status: 200, text: 'from the old one' })
})

t.test('a config with errors keeps the old gateway, and says why with its place', async (t) => {
  const backend = await startBackend(t)
  const { url, write, reloader, server, lines } = await startGateway(t, config(backend.url, first))
  const before = server.gateway
  write(config(backend.url, `
  a: { match: { pth: /a }, to: { service: t } }`))
  const result = await reloader.reload()
  t.equal(result.taken, false)
  t.equal(server.gateway, before)
  t.equal((await ask(`${url}/a`)).status, 200)
  const line = await lines.when(({ problems }) => Array.isArray(problems))
  t.match((line['problems'] as string[])[0], /^routes\/gateway\.yaml:7:\d+: .*"pth".*did you mean "path"/)
})

t.test('a listener that cannot be opened leaves everything as it was', async (t) => {
  const backend = await startBackend(t)
  const { url, write, reloader, server } = await startGateway(t, config(backend.url, first))
  const before = server.gateway
  const taken = new URL(backend.url).port
  write({ 'routes/gateway.yaml': (config(backend.url, second)['routes/gateway.yaml'] ?? '').replace('port: 0', `port: ${taken}`) })
  t.match(await reloader.reload(), { taken: false })
  t.equal(server.gateway, before)
  t.equal((await ask(`${url}/a`)).status, 200)
})

t.test('reloads that come during a reload share the next one', async (t) => {
  const backend = await startBackend(t)
  const { reloader } = await startGateway(t, config(backend.url, first))
  const [running, next, same] = [reloader.reload(), reloader.reload(), reloader.reload()]
  t.not(running, next)
  t.equal(next, same)
  t.match(await Promise.all([running, next]), [{ taken: true }, { taken: true }])
})

t.test('draining ends what is under way, then closes', async (t) => {
  let answer: () => void = () => undefined
  const held = new Promise<void>((resolve) => (answer = resolve))
  let arrived: () => void = () => undefined
  const arrival = new Promise<void>((resolve) => (arrived = resolve))
  const target = await listen(t, createServer((_request, response) => {
    arrived()
    void held.then(() => response.end('whole'))
  }))
  const { url, server } = await startGateway(t, config(target, first))
  const idle = connect(Number(new URL(url).port), '127.0.0.1')
  await once(idle, 'connect')
  const pending = ask(`${url}/a`)
  await arrival
  const drained = server.drain()
  t.equal(server.ready, false)
  await t.rejects(ask(`${url}/a`), 'new connections are refused')
  answer()
  t.same(await pending, { status: 200, text: 'whole' })
  await drained
  idle.destroy()
})

t.test('a reload that meets a drain opens nothing and closes what it built', async (t) => {
  let answer: () => void = () => undefined
  const held = new Promise<void>((resolve) => (answer = resolve))
  let arrived: () => void = () => undefined
  const arrival = new Promise<void>((resolve) => (arrived = resolve))
  const target = await listen(t, createServer((_request, response) => {
    arrived()
    void held.then(() => response.end('whole'))
  }))
  const { url, server, reloader, write, runtime } = await startGateway(t, config(target, first))
  const before = server.gateway
  const pending = ask(`${url}/a`)
  await arrival
  const drained = server.drain()
  write({ 'routes/gateway.yaml': (config(target, second)['routes/gateway.yaml'] ?? '').replace('port: 0 }', 'port: 0 }, more: { port: 0 }') })
  t.match(await reloader.reload(), { taken: false, reason: /shutting down/ })
  t.equal(server.gateway, before)
  answer()
  t.same(await pending, { status: 200, text: 'whole' })
  await drained
  t.equal(runtime.shared.size, 0, 'every lease was given back')
})

async function listen(t: Test, server: HttpServer): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
