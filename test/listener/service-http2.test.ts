import { once } from 'node:events'
import { constants, createSecureServer, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import t, { type Test } from 'tap'
import { openHttpTarget } from '../../src/services/http.ts'
import { openHttp2Target } from '../../src/services/http2.ts'
import type { CallFailure } from '../../src/services/service.ts'
import { problemsOf } from '../config/folder.ts'
import { buildFrom, startGateway } from '../gateway.ts'
import { pem } from './tls.ts'

const config = (target: string): Record<string, string> => ({
  'routes/localhost.pem': pem('localhost'),
  'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0 } }
services:
  s: { targets: [{ url: "${target}" }], http2: true, timeout: { connect: 2s, attempt: 400ms, idle: 400ms }, tls: { ca: "\${file:localhost.pem}" } }
routes:
  all: { match: { path: /s/* }, size: { body: 64MiB }, to: { service: s, path: /* } }
`,
})

async function listen(t: Test, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => void server.close())
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function service(t: Test, answer: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void) {
  const sessions: ServerHttp2Session[] = []
  const server = createSecureServer({ cert: pem('localhost'), key: pem('localhost-key') })
  server.on('session', (session) => {
    sessions.push(session)
    session.on('error', () => undefined)
  })
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined)
    answer(stream, headers)
  })
  t.teardown(() => sessions.forEach((session) => session.destroy()))
  return { url: await listen(t, server), sessions }
}

t.test('calls share one connection, and go and come whole', async (t) => {
  const seen: IncomingHttpHeaders[] = []
  const { url, sessions } = await service(t, (stream, headers) => {
    seen.push(headers)
    stream.respond({ ':status': 201, 'x-own': 'yes', 'set-cookie': ['a=1', 'b=2'] })
    stream.pipe(stream)
  })
  const { gateway } = await buildFrom(t, config(url))
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => gateway.app.inject({ method: 'POST', url: '/s/x?q=1', payload: `body ${index}`, headers: { connection: 'x-secret', 'x-secret': '1', te: 'trailers' } })))
  t.same(answers.map(({ statusCode, body }) => [statusCode, body]), Array.from({ length: 20 }, (_, index) => [201, `body ${index}`]))
  t.match(answers[0]?.headers, { 'x-own': 'yes', 'set-cookie': ['a=1', 'b=2'] })
  t.equal(sessions.length, 1)
  t.match(seen[0], { ':method': 'POST', ':path': '/x?q=1', ':authority': new URL(url).host, 'x-forwarded-host': String })
  t.notOk('x-secret' in (seen[0] ?? {}))
  const head = await gateway.app.inject({ method: 'HEAD', url: '/s/x' })
  t.match([head.statusCode, head.body], [201, ''])
})

t.test('a service that speaks HTTP/1.1 alone is spoken to so', async (t) => {
  const url = await listen(t, createHttps({ cert: pem('localhost'), key: pem('localhost-key') }, (request, response) => {
    response.setHeader('connection', 'close')
    response.end(request.httpVersion)
  }))
  const { gateway } = await buildFrom(t, config(url))
  t.equal((await gateway.app.inject('/s/x')).body, '1.1')
})

const cuts: Record<string, (stream: ServerHttp2Stream) => void> = {
  'resets it': (stream) => stream.destroy(new Error('reset')),
  'cancels it': (stream) => stream.close(constants.NGHTTP2_CANCEL),
  'resets it without an error': (stream) => stream.destroy(),
  'closes the connection': (stream) => stream.session?.destroy(),
  'falls silent': () => undefined,
}

for (const [name, cut] of Object.entries(cuts)) {
  t.test(`an answer is never whole where the service ${name} in the middle`, async (t) => {
    const { url } = await service(t, (stream) => {
      // With trailers to come, Node leaves the end of the body open.
      stream.respond({ ':status': 200 }, { waitForTrailers: true })
      stream.write('half')
      setImmediate(() => cut(stream))
    })
    const { url: gateway, lines } = await startGateway(t, config(url))
    const response = await fetch(`${gateway}/s/x`)
    t.equal(response.status, 200)
    await t.rejects(response.text())
    await lines.when(({ cut }) => cut === true)
  })
}

t.test('what fails before an answer is an honest error, and the next call is served', async (t) => {
  let cut: (stream: ServerHttp2Stream) => void = () => undefined
  const { url } = await service(t, (stream, headers) => {
    if (headers[':path'] === '/ok') stream.respond({ ':status': 200 }, { endStream: true })
    else cut(stream)
  })
  const { gateway } = await buildFrom(t, config(url))
  const cases: [typeof cut, number, string][] = [
    [(stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM), 502, 'SERVICE_RESET'],
    [(stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR), 502, 'SERVICE_RESET'],
    [(stream) => stream.session?.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM), 502, 'SERVICE_RESET'],
    [(stream) => stream.session?.destroy(), 502, 'SERVICE_RESET'],
    [() => undefined, 504, 'SERVICE_TIMEOUT'],
  ]
  for (const [how, status, code] of cases) {
    cut = how
    const answer = await gateway.app.inject('/s/x')
    t.match([answer.statusCode, answer.json()], [status, { code }], String(how))
    t.equal((await gateway.app.inject('/s/ok')).statusCode, 200, 'the next')
  }
})

t.test('calls under way end on a connection that the service is leaving', async (t) => {
  let answer: () => void = () => undefined
  const { url, sessions } = await service(t, (stream, headers) => {
    if (headers[':path'] === '/ok') return stream.respond({ ':status': 200 }, { endStream: true })
    stream.session?.goaway(constants.NGHTTP2_NO_ERROR, stream.id)
    answer = () => {
      stream.respond({ ':status': 200 })
      stream.end('whole')
    }
  })
  const { gateway } = await buildFrom(t, config(url))
  const pending = gateway.app.inject('/s/x')
  while (sessions.length < 2) t.equal((await gateway.app.inject('/s/ok')).statusCode, 200)
  answer()
  t.equal((await pending).body, 'whole')
})

t.test('a client that breaks its body off sends no whole call', async (t) => {
  let told: (how: string) => void = () => undefined
  const ended = new Promise<string>((resolve) => (told = resolve))
  let arrived: () => void = () => undefined
  const arrival = new Promise<void>((resolve) => (arrived = resolve))
  const { url } = await service(t, (stream) => {
    let whole = false
    const push = stream.push.bind(stream)
    stream.push = (chunk: unknown, encoding?: BufferEncoding) => {
      if (chunk === null && !stream.closed) whole = true
      return push(chunk, encoding)
    }
    stream.once('data', arrived).once('close', () => told(whole ? 'whole' : 'cut'))
  })
  const { url: gateway } = await startGateway(t, config(url))
  const abort = new AbortController()
  const body = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('half')) })
  const asked = fetch(`${gateway}/s/x`, { method: 'POST', body, duplex: 'half', signal: abort.signal } as RequestInit)
  await arrival
  abort.abort()
  await t.rejects(asked)
  t.equal(await ended, 'cut')
})

t.test('a head that cannot go on ends the call, and not the process', async (t) => {
  const { url } = await service(t, (stream) => {
    stream.respond({ ':status': 200 })
    stream.end('body')
  })
  const settings = { url, connections: 1, connectMs: 2000, http2: true, tls: { ca: pem('localhost') } }
  const target = openHttp2Target(settings, openHttpTarget(settings))
  t.teardown(() => target.close())
  const calls: string[] = []
  const failed = new Promise<CallFailure>((resolve) => {
    target.send({ method: 'GET', path: '/', headers: {}, body: null }, {
      head() {
        throw Object.assign(new RangeError('Invalid status code: 600'), { code: 'ERR_HTTP2_STATUS_INVALID' })
      },
      data: () => void calls.push('data'),
      end: () => void calls.push('end'),
      fail: resolve,
    })
  })
  t.match(await failed, { error: { code: 'SERVICE_ANSWER_INVALID' }, reached: 'answered' })
  t.same(calls, [])
})

t.test('HTTP/2 needs TLS', async (t) => {
  t.same(await problemsOf(t, { 'a.yaml': 'listeners: { public: { port: 0 } }\nservices:\n  s:\n    targets: [{ url: "http://127.0.0.1:1" }]\n    http2: true\n' }), [
    'routes/a.yaml:5:12: services.s.http2: HTTP/2 is spoken over TLS only; each target needs an https:// address',
  ])
})
