import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import t, { type Test } from 'tap'
import { Agent, request } from 'undici'
import { idempotency } from '../../plugins/idempotency.ts'
import { policies } from '../../plugins/index.ts'
import { factsOf } from '../../src/services/record.ts'
import { createState } from '../../src/state/index.ts'
import { startBackend, type Backend } from '../backend.ts'
import { problemsOf } from '../config/folder.ts'
import { freePorts } from '../free-port.ts'
import { startGateway } from '../gateway.ts'
import { skip, startRedis } from '../state/redis-server.ts'
import { exchangeOf, partsOf } from './exchange.ts'

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void

interface Sent {
  method?: string
  path?: string
  body?: string | Buffer | Readable
  headers?: Record<string, string>
}

/** Routes that take keys, before one service; clients are API keys or addresses. */
function config(target: string, { settings = '', state = 'memory', service = '' } = {}): Record<string, string> {
  const keys = ['ada', 'bob'].map((name) => `sha256:${hash('sha256', name)} ${name}\n`).join('')
  return {
    'routes/keys.txt': keys,
    'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0 } }
trustedProxies: [127.0.0.1]
state: ${state}
identity: { keys: { type: api-key, keys: "\${file:keys.txt}" } }
defaults: { auth: { providers: [keys], required: false } }
services:
  s: { targets: [{ url: "${target}" }]${service} }
routes:
  orders: { match: { path: /orders/* }, to: { service: s }, idempotency: { ${settings} }, compression: {} }
  others: { match: { path: /others/* }, to: { service: s }, idempotency: {} }
  plain: { match: { path: /plain }, to: { service: s } }
`,
  }
}

/** A service that takes a number for every request it does. */
function counting(): Handler {
  let count = 0
  return (_request, response, body) => {
    count += 1
    response.writeHead(201, { 'content-type': 'application/json', 'x-count': String(count), 'set-cookie': ['a=1', 'b=2'] })
    response.end(JSON.stringify({ count, body }))
  }
}

async function setUp(t: Test, { handler = counting(), ...more }: { handler?: Handler } & Parameters<typeof config>[1] = {}) {
  const backend = await startBackend(t, handler)
  const running = await startGateway(t, config(backend.url, more))
  return { ...running, backend, send: sender(t, running.url) }
}

function sender(t: Test, url: string) {
  const agent = new Agent()
  t.teardown(() => agent.destroy())
  return async (key: string | undefined, { method = 'POST', path = '/orders/1', body = '{"n":1}', headers = {} }: Sent = {}) => {
    const sent = { ...headers, ...(key === undefined ? {} : { 'idempotency-key': key }) }
    const answer = await request(url + path, { method, body, headers: sent, dispatcher: agent })
    const bytes = Buffer.from(await answer.body.arrayBuffer())
    const { 'idempotency-replayed': replayed } = answer.headers
    return { status: answer.statusCode, headers: answer.headers, bytes, replayed, json: json(bytes) }
  }
}

function json(bytes: Buffer): { count?: number; code?: string; detail?: string } {
  try {
    return JSON.parse(bytes.toString()) as { count?: number }
  } catch {
    return {}
  }
}

const done = ({ seen }: Backend) => seen.length

t.test('a write that is sent again is done once, and answered as before', async (t) => {
  const { send, backend, lines } = await setUp(t)
  const first = await send('k1')
  const again = await send('k1')
  t.match(first, { status: 201, replayed: undefined, json: { count: 1 } })
  t.match(again, { status: 201, replayed: 'true', json: { count: 1 } })
  t.same(again.bytes, first.bytes)
  for (const name of ['content-type', 'x-count', 'set-cookie', 'date']) t.same(again.headers[name], first.headers[name], name)
  t.not(again.headers['x-request-id'], first.headers['x-request-id'], 'it is another exchange')
  t.equal(done(backend), 1)
  t.equal(backend.seen[0]?.headers['idempotency-key'], 'k1', 'the service may know the key too')
  t.match(await lines.when(({ idempotency }) => idempotency === 'replayed'), { status: 201, calls: [] })
})

t.test('bytes are given again as they were, whatever is done to them on the way', async (t) => {
  const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, n) => n % 251))
  const { send, backend } = await setUp(t, { handler: (_request, response) => void response.writeHead(200, { 'content-type': 'text/x' }).end(bytes) })
  t.same((await send('k1')).bytes, bytes)
  t.same((await send('k1')).bytes, bytes)
  const packed = await send('k1', { headers: { 'accept-encoding': 'gzip' } })
  t.equal(packed.headers['content-encoding'], 'gzip', 'what comes before the policy holds for each answer anew')
  t.equal(done(backend), 1)
})

t.test('answers without a body', async (t) => {
  const { send, backend } = await setUp(t, { handler: (_request, response) => void response.writeHead(204).end() })
  t.match(await send('k1'), { status: 204, replayed: undefined })
  t.match(await send('k1'), { status: 204, replayed: 'true' })
  t.equal(done(backend), 1)
})

t.test('while the first is under way, others are told to wait', async (t) => {
  const held: ServerResponse[] = []
  let arrived = (): void => undefined
  const { send, backend } = await setUp(t, { handler: (_request, response) => {
    held.push(response)
    arrived()
  } })
  const underWay = new Promise<void>((resolve) => (arrived = resolve))
  const first = send('k1')
  await underWay
  const others = await Promise.all([send('k1'), send('k1'), send('k1')])
  for (const other of others) t.match(other, { status: 409, json: { code: 'IDEMPOTENCY_CONFLICT' }, headers: { 'retry-after': '1' }, replayed: undefined })
  t.match(await send('k1', { path: '/orders/2' }), { status: 422 })
  held[0]?.end('done')
  t.equal((await first).bytes.toString(), 'done')
  t.match(await send('k1'), { status: 200, replayed: 'true' })
  t.equal(done(backend), 1)
})

t.test('of many at once, one is done', async (t) => {
  const { send, backend } = await setUp(t)
  const all = await Promise.all(Array.from({ length: 50 }, () => send('k1')))
  t.equal(done(backend), 1)
  t.equal(all.filter(({ status, replayed }) => status === 201 && replayed === undefined).length, 1)
  t.ok(all.every(({ status }) => status === 201 || status === 409))
})

t.test('a key belongs to an identity or an address, and to a route', async (t) => {
  const { send, backend } = await setUp(t)
  const clients: Record<string, string>[] = [
    {}, { 'x-api-key': 'ada' }, { 'x-api-key': 'bob' }, { 'x-forwarded-for': '10.0.0.1' }, { 'x-forwarded-for': '10.0.0.2' },
  ]
  const counts = []
  for (const headers of clients) counts.push((await send('k1', { headers })).json.count)
  counts.push((await send('k1', { path: '/others/1' })).json.count, (await send('k2')).json.count)
  t.same(counts, [1, 2, 3, 4, 5, 6, 7])
  for (const [index, headers] of clients.entries()) t.match(await send('k1', { headers }), { replayed: 'true', json: { count: index + 1 } })
  t.match(await send('k1', { headers: { 'x-api-key': 'ada', 'x-forwarded-for': '10.0.0.9' } }), { replayed: 'true', json: { count: 2 } }, 'who is known may move')
  t.equal(done(backend), 7)
})

t.test('another request with the same key is refused', async (t) => {
  const { send, backend } = await setUp(t)
  await send('k1', { body: '{"amount":100}' })
  const others: Sent[] = [
    { body: '{"amount":200}' }, { body: '' }, { body: '{"amount":100}', path: '/orders/2' },
    { body: '{"amount":100}', path: '/orders/1?x' }, { body: '{"amount":100}', method: 'PATCH' },
  ]
  for (const other of others) t.match(await send('k1', other), { status: 422, json: { code: 'IDEMPOTENCY_MISMATCH' }, replayed: undefined }, JSON.stringify(other))
  t.match(await send('k1', { body: Readable.from(['{"amount"', ':100}']) }), { status: 201, replayed: 'true' }, 'in pieces it is the same')
  t.equal(done(backend), 1)
  await send('k2', { body: '' })
  t.match(await send('k2', { body: '' }), { replayed: 'true' })
  t.match(await send('k2', { body: 'x' }), { status: 422 })
})

t.test('a body that is repeated is held to the limit as well', async (t) => {
  const { send } = await setUp(t)
  await send('k1')
  const large = Readable.from(Array.from({ length: 40 }, () => Buffer.alloc(65_536)))
  t.match(await send('k1', { body: large }), { status: 413 })
})

t.test('a failure that may have taken effect is given again', async (t) => {
  const { send, backend } = await setUp(t, { handler: (_request, response) => void response.writeHead(500).end('oops') })
  await send('k1')
  t.match(await send('k1'), { status: 500, replayed: 'true', bytes: Buffer.from('oops') })
  t.equal(done(backend), 1)
})

t.test('so is our own, when the service broke off', async (t) => {
  const { send, backend } = await setUp(t, { handler: (_request, response) => void response.destroy() })
  const first = await send('k1')
  t.match(first, { status: 502, json: { code: 'SERVICE_RESET' }, replayed: undefined })
  t.match(await send('k1'), { status: 502, replayed: 'true', bytes: first.bytes })
  t.equal(done(backend), 1)
})

t.test('or was too slow', async (t) => {
  const { send, backend } = await setUp(t, { service: ', timeout: { attempt: 500ms }', handler: () => undefined })
  t.match(await send('k1'), { status: 504, json: { code: 'SERVICE_TIMEOUT' } })
  t.match(await send('k1'), { status: 504, replayed: 'true' })
  t.equal(done(backend), 1)
})

t.test('what was never sent may be tried again', async (t) => {
  const [port = 0] = await freePorts(1)
  const { url, write, reloader } = await startGateway(t, config(`http://127.0.0.1:${port}`))
  const send = sender(t, url)
  t.match(await send('k1'), { status: 502, json: { code: 'SERVICE_UNREACHABLE' } })
  const backend = await startBackend(t, counting())
  write(config(backend.url))
  await reloader.reload()
  t.match(await send('k1'), { status: 201, replayed: undefined })
  t.match(await send('k1'), { status: 201, replayed: 'true' })
  t.equal(done(backend), 1)
})

t.test('what the gateway refuses may be tried again', async (t) => {
  const { send, backend } = await setUp(t, { service: ', access: [{ path: /orders/*, claims: { sub: ada } }]' })
  for (let times = 0; times < 2; times++) t.match(await send('k1', { headers: { 'x-api-key': 'bob' } }), { status: 403, replayed: undefined })
  t.equal(done(backend), 0)
})

t.test('an answer that was cut is not given again, nor is the write done again', async (t) => {
  const { send, backend } = await setUp(t, { handler: (_request, response) => {
    response.writeHead(200, { 'content-length': '10' })
    response.write('half', () => response.destroy())
  } })
  await t.rejects(send('k1'))
  for (let times = 0; times < 2; times++) {
    const { status, headers, json } = await send('k1')
    t.match({ status, json }, { status: 409, json: { code: 'IDEMPOTENCY_CONFLICT', detail: /may have taken effect, but its answer is not kept/ } })
    t.equal(headers['retry-after'], undefined, 'waiting does not help')
  }
  t.equal(done(backend), 1)
})

t.test('nor is one whose client left', async (t) => {
  const client = new AbortController()
  const { url, send, backend, lines } = await setUp(t, { handler: () => client.abort() })
  await t.rejects(request(`${url}/orders/1`, { method: 'POST', body: '{"n":1}', headers: { 'idempotency-key': 'k1' }, signal: client.signal }))
  await lines.when(({ cut }) => cut === true)
  t.match(await send('k1'), { status: 409, json: { detail: /may have taken effect/ } })
  t.equal(done(backend), 1)
})

t.test('nor is one that is too large', async (t) => {
  const { send, backend } = await setUp(t, { settings: 'size: 10B', handler: ({ url }, response) => void response.end(url === '/orders/large' ? 'x'.repeat(11) : 'x'.repeat(10)) })
  t.equal((await send('k1', { path: '/orders/large' })).bytes.length, 11, 'the first client has all of it')
  t.match(await send('k1', { path: '/orders/large' }), { status: 409 })
  await send('k2')
  t.match(await send('k2'), { status: 200, replayed: 'true' })
  t.equal(done(backend), 2)
})

t.test('requests without a key, with other methods, and on other routes pass', async (t) => {
  const { send, backend } = await setUp(t)
  for (let times = 0; times < 2; times++) {
    await send(undefined)
    await send('k1', { method: 'PUT' })
    await send('k1', { path: '/plain' })
  }
  t.equal(done(backend), 6)
})

t.test('a key can be asked for, under another name and for other methods', async (t) => {
  const { send, backend } = await setUp(t, { settings: 'required: true, header: X-Once, methods: [PUT]' })
  t.match(await send('k1', { method: 'PUT' }), { status: 400, json: { detail: /needs the header X-Once/ } })
  t.match(await send('k1', { method: 'PUT', headers: { 'x-once': '' } }), { status: 400, json: { detail: /1 to 255 characters/ } })
  t.match(await send('k1', { method: 'PUT', headers: { 'x-once': 'x'.repeat(256) } }), { status: 400 })
  for (let times = 0; times < 2; times++) await send(undefined, { method: 'PUT', headers: { 'x-once': 'x'.repeat(255) } })
  t.equal(done(backend), 1)
})

t.test('it is for routes alone', async (t) => {
  const text = 'listeners: { public: { port: 1 } }\ngraphql: { idempotency: {} }\n'
  t.same(await problemsOf(t, { 'a.yaml': text }, { policies }), [
    'routes/a.yaml:2:12: graphql.idempotency: idempotency is for routes; an operation can make many calls, each of which can carry a key of its own',
  ])
})

t.test('with a shared store', { skip }, async (t) => {
  const redis = await startRedis()
  t.teardown(() => redis.stop())
  let made = 0
  /** The policy in a gateway of its own, whose clock stands still: it has all the time to wait for the store. */
  const start = () => {
    const { parts } = partsOf()
    const state = createState(redis.url, parts)
    t.teardown(() => state.close())
    const route = { name: 'orders', kind: 'rest', methods: null, policies: {} } as const
    const settings = { header: 'Idempotency-Key', for: 60_000, size: 1000, required: false, methods: ['POST'] }
    const steps = idempotency.apply(route, settings, { ...parts, state })
    return async (key: string) => {
      const exchange = exchangeOf({ method: 'POST', headers: { 'idempotency-key': key } })
      const verdict = await steps?.request?.(exchange)
      if (verdict !== undefined) return verdict
      made += 1
      exchange.record.calls.push({ ...factsOf('s', 'POST'), status: 201, reached: 'answered' })
      const head = { status: 201, headers: { 'x-made': String(made) } }
      steps?.answer?.(exchange, head)
      const body = steps?.body?.(exchange, head)
      body?.resume().end('done')
      if (body !== undefined) await finished(body)
      steps?.done?.(exchange)
      return undefined
    }
  }
  const [one, other] = [start(), start()]

  await t.test('gateways are as one', async (t) => {
    t.equal(await one('k1'), undefined)
    const replay = { status: 201, headers: { 'x-made': '1', 'idempotency-replayed': 'true' }, body: Buffer.from('done') }
    t.same([await one('k1'), await other('k1')], [replay, replay])
    const all = await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? one : other)('k2')))
    t.equal(all.filter((verdict) => verdict === undefined).length, 1)
    t.ok(all.every((verdict) => verdict === undefined || verdict.status === 409 || verdict.status === 201))
    t.equal(made, 2)
  })

  await t.test('without the store nothing with a key is done', async (t) => {
    await redis.stop()
    for (const key of ['k1', 'k3']) await t.rejects(one(key), { code: 'STATE_UNAVAILABLE', status: 503, headers: { 'retry-after': '1' } })
    t.equal(made, 2)
  })
})
