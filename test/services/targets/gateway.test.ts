import t, { type Test } from 'tap'
import { startBackend } from '../../backend.ts'
import { startDns } from '../../dns-server.ts'
import { buildFrom, writeFiles } from '../../gateway.ts'
import { ToldClock } from './watched.ts'

/** A gateway with a service `s` behind `/s/`; its lookups wait for the test. */
async function gatewayOf(t: Test, service: string, files: Record<string, string> = {}) {
  const clock = new ToldClock()
  const { gateway, dir } = await buildFrom(t, {
    'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0 } }
services: { s: { ${service} } }
routes: { all: { match: { path: /s/* }, to: { service: s, path: /* } } }
`,
    ...files,
  }, {}, clock)
  /** Resolves when something is to wait for so long, or up to a tenth longer. */
  const planned = async (ms: number) => {
    for (let set = await clock.timers.next(); set < ms || set > 1.1 * ms; set = await clock.timers.next());
  }
  const ask = async () => (await gateway.app.inject('/s/x')).statusCode
  return { ask, clock, planned, dir }
}

t.test('calls go to where DNS says that a name is, with its Host', async (t) => {
  const backend = await startBackend(t)
  const { port } = new URL(backend.url)
  const dns = await startDns(t, { 'A orders.test': { ttl: 7, records: ['127.0.0.1'] } })
  const { ask } = await gatewayOf(t, `targets: [{ dns: "http://orders.test:${port}/api" }], resolvers: ["${dns.address}"]`)
  t.equal(await ask(), 200)
  t.match(backend.seen, [{ url: '/api/x', headers: { host: `orders.test:${port}` } }])
})

t.test('calls follow a service to where its records lead, and stay there while DNS fails', async (t) => {
  const backends = [await startBackend(t), await startBackend(t)]
  const [a, b] = backends.map((backend, index) => {
    const name = `${index === 0 ? 'a' : 'b'}.test`
    const record = { priority: 0, weight: 1, port: Number(new URL(backend.url).port), name }
    return { 'SRV _http._tcp.test': { ttl: 7, records: [record] }, [`A ${name}`]: { ttl: 7, records: ['127.0.0.1'] } }
  })
  const dns = await startDns(t, a)
  const { ask, clock, planned } = await gatewayOf(t, `targets: [{ srv: _http._tcp.test }], resolvers: ["${dns.address}"]`)
  await planned(7000)
  t.equal(await ask(), 200)
  t.same(backends.map(({ seen }) => seen.length), [1, 0])
  dns.say(b ?? {})
  clock.advance(7700)
  await planned(7000)
  t.equal(await ask(), 200)
  t.same(backends.map(({ seen }) => seen.length), [1, 1])
  t.match(backends[1]?.seen[0]?.headers.host, /^b\.test:/)
  dns.say({})
  clock.advance(7700)
  await planned(1000)
  t.equal(await ask(), 200)
  t.same(backends.map(({ seen }) => seen.length), [1, 2])
})

t.test('calls follow a file of targets', async (t) => {
  const backends = [await startBackend(t), await startBackend(t)]
  const [first = '', second = ''] = backends.map(({ url }) => `- url: ${url}\n`)
  const { ask, clock, planned, dir } = await gatewayOf(t, 'targets: [{ file: ../targets.yaml }], timeout: { total: 9s }', { 'targets.yaml': first })
  // A watched folder keeps no process alive.
  const awake = setInterval(() => undefined, 60_000)
  t.teardown(() => clearInterval(awake))
  await planned(10_000)
  t.equal(await ask(), 200)
  for (const list of [second, '- nonsense']) {
    writeFiles(dir, { 'targets.yaml': list })
    await planned(100)
    clock.advance(100)
    for (let set = await clock.timers.next(); set !== 10_000; set = await clock.timers.next()) if (set === 100) clock.advance(100)
    t.equal(await ask(), 200)
  }
  t.same(backends.map(({ seen }) => seen.length), [1, 2])
})

t.test('a service whose first lookup fails is there, and has no target', async (t) => {
  const dns = await startDns(t)
  const { ask } = await gatewayOf(t, `targets: [{ dns: "http://orders.test" }], resolvers: ["${dns.address}"]`)
  t.equal(await ask(), 503)
})
