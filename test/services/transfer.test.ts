import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough, Readable } from 'node:stream'
import t, { type Test } from 'tap'
import { SluiceError } from '../../src/errors.ts'
import { openHttpTarget, type Target } from '../../src/services/http.ts'
import type { Call } from '../../src/services/service.ts'
import { sendTo } from './sent.ts'

const gone = new SluiceError('CLIENT_GONE', 'gone')

/** A service over one connection that gives a request's path and body back; one for /hold waits until it is let go. */
async function start(t: Test) {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(request.url ?? '')
    if (request.url === '/hold') return void server.emit('held', response)
    let body = ''
    request.on('data', (chunk) => {
      body += String(chunk)
      server.emit('part')
    })
    request.on('end', () => response.end(`${request.url} ${body}`))
  })
  let connections = 0
  server.on('connection', () => connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const target = openHttpTarget({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections: 1, connectMs: 2000 })
  t.teardown(async () => {
    await target.close()
    server.close()
  })
  return { server, target, seen, connections: () => connections }
}

/** Takes the only connection, and gives what frees it. */
async function hold({ server, target }: Awaited<ReturnType<typeof start>>): Promise<() => Promise<string>> {
  const held = once(server, 'held') as Promise<[ServerResponse]>
  const { outcome } = sendTo(target, { path: '/hold' })
  const [response] = await held
  return () => {
    response.end('held')
    return outcome
  }
}

const dead: Record<string, () => Partial<Call>> = {
  'without a body': () => ({}),
  'with a body': () => ({ method: 'POST', body: 'text' }),
  'with a streamed body': () => ({ method: 'POST', body: Readable.from([Buffer.from('a'), Buffer.from('b')]) }),
  'for an upgrade': () => ({ upgrade: 'websocket' }),
}

function cancelled(target: Target, call: Partial<Call>) {
  const sent = sendTo(target, { path: '/dead', ...call })
  sent.sending.cancel(gone)
  return sent
}

const broken = () => ({ method: 'POST', body: new PassThrough().on('error', () => undefined).destroy(gone) })

for (const [name, call] of Object.entries({ ...dead, 'with a body that broke off': broken })) {
  t.test(`calls ${name} that end while they wait cost no connection`, async (t) => {
    const service = await start(t)
    const release = await hold(service)
    const sent = Array.from({ length: 50 }, () => cancelled(service.target, call()))
    const live = sendTo(service.target, { path: '/live' })
    t.equal(await release(), 'held')
    t.equal(await live.outcome, '/live ')
    t.same(sent.map(({ told }) => told), sent.map(() => ['CLIENT_GONE not-sent']))
    t.same(service.seen, ['/hold', '/live'])
    t.equal(service.connections(), 1)
  })
}

for (const [name, call] of Object.entries(dead)) {
  t.test(`a call ${name} that ends while its connection opens leaves it to the next`, async (t) => {
    const service = await start(t)
    const { told } = cancelled(service.target, call())
    t.equal(await sendTo(service.target, { path: '/live' }).outcome, '/live ')
    t.same(told, ['CLIENT_GONE not-sent'])
    t.same(service.seen, ['/live'])
    t.equal(service.connections(), 1)
  })
}

t.test('the body of a call that ended while it waited can be sent elsewhere', async (t) => {
  const [service, other] = [await start(t), await start(t)]
  const release = await hold(service)
  const body = new PassThrough()
  const call = { path: '/upload', method: 'POST', body }
  sendTo(service.target, call).sending.cancel(gone)
  const part = once(other.server, 'part')
  const upload = sendTo(other.target, call)
  body.write('half, ')
  await part
  const live = sendTo(service.target, { path: '/live' })
  await release()
  await live.outcome
  body.end('whole')
  t.equal(await upload.outcome, '/upload half, whole')
})
