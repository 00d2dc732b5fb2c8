import { Readable } from 'node:stream'
import t from 'tap'
import { SluiceError, type ErrorCode } from '../../../src/errors.ts'
import type { Sink } from '../../../src/services/service.ts'
import { flow, get, serviceOf, start } from './service.ts'

const fixed = { respond: { status: 200, headers: { 'X-Kind': 'fixed' }, json: { items: [] } } }

t.test('a failure before the head is answered by the fallback', async (t) => {
  const codes: ErrorCode[] = [
    'SERVICE_UNREACHABLE', 'SERVICE_RESET', 'SERVICE_TIMEOUT', 'SERVICE_ANSWER_INVALID', 'BREAKER_OPEN', 'SERVICE_BUSY', 'NO_TARGET',
  ]
  const { ask, says, counted } = start(fixed)
  for (const fail of codes) {
    says({ fail })
    const got = ask()
    t.match(got, { status: 200, body: '{"items":[]}', end: 'whole', fallback: 'static', facts: { fallback: 'static' } }, fail)
    t.same(got.headers, { 'content-type': 'application/json', 'content-length': '12', 'x-kind': 'fixed' })
  }
  t.same(await counted(), [['shop', 'static', codes.length]])
})

t.test("what is the client's own doing is told to the client", async (t) => {
  const { ask, says, counted } = start(fixed)
  for (const fail of ['CLIENT_GONE', 'BAD_REQUEST', 'FORBIDDEN', 'BODY_TOO_LARGE', 'REQUEST_TIMEOUT'] as const) {
    says({ fail })
    t.match(ask(), { end: fail, status: undefined, facts: { fallback: null } }, fail)
  }
  says({ fail: 'SERVICE_RESET' })
  const gone = AbortSignal.abort(new SluiceError('CLIENT_GONE', 'x'))
  t.match(ask(get, { signal: gone }), { end: 'SERVICE_RESET' }, 'whoever left gets nothing')
  t.same(await counted(), [])
})

t.test('a status that says that the service cannot answer is replaced, others are not', async (t) => {
  const { ask, says } = start(fixed)
  for (const status of [500, 502, 503, 504]) {
    says({ status, body: 'sorry' })
    t.match(ask(), { status: 200, body: '{"items":[]}', end: 'whole', fallback: 'static' })
  }
  for (const status of [200, 204, 301, 400, 404, 429, 501, 505]) {
    says({ status, body: 'own' })
    t.match(ask(), { status, body: 'own', end: 'whole', fallback: undefined, facts: { fallback: null } })
  }
})

t.test('an answer that was begun is cut, not replaced', async (t) => {
  const { ask, says } = start(fixed)
  says({ body: 'half', cut: true })
  t.match(ask(), { status: 200, body: 'half', end: 'SERVICE_RESET', fallback: undefined })
  says({ status: 503, body: 'half', cut: true })
  t.match(ask(), { status: 200, end: 'whole', fallback: 'static' }, 'and one that was thrown away has no say any more')
})

t.test('only reads have a fallback', async (t) => {
  const { ask, says } = start(fixed)
  says({ fail: 'BREAKER_OPEN' })
  for (const method of ['GET', 'HEAD', 'QUERY']) t.equal(ask({ ...get, method }).fallback, 'static', method)
  t.equal(ask({ ...get, method: 'QUERY', body: '{}' }).fallback, 'static', 'a body that is at hand')
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) t.match(ask({ ...get, method }), { end: 'BREAKER_OPEN', fallback: undefined }, method)
  t.equal(ask({ ...get, body: Readable.from([]) }).end, 'BREAKER_OPEN', 'a streamed body')
  t.equal(ask({ ...get, upgrade: 'websocket' }).end, 'BREAKER_OPEN', 'an upgrade')
})

t.test('a fixed answer to HEAD has no body, and says how long that would be', async (t) => {
  const { ask, says } = start({ respond: { status: 203, headers: {}, body: 'closed' } })
  says({ fail: 'NO_TARGET' })
  t.match(ask(), { status: 203, body: 'closed', headers: { 'content-type': 'text/plain; charset=utf-8', 'content-length': '6' } })
  t.match(ask({ ...get, method: 'HEAD' }), { status: 203, body: '', headers: { 'content-length': '6' }, end: 'whole' })
})

t.test('the rest of a replaced answer is read, but not without end', async (t) => {
  const { ask, says } = start(fixed)
  let own: { sink: Sink; signal: AbortSignal } | undefined
  says((sink, { signal }) => {
    own = { sink, signal }
    sink.head({ status: 503, headers: {} }, flow)
  })
  const got = ask()
  t.equal(got.end, 'whole')
  own!.sink.data(Buffer.alloc(65_536))
  t.notOk(own!.signal.aborted)
  own!.sink.data(Buffer.alloc(1))
  t.ok(own!.signal.aborted)
  own!.sink.fail({ error: own!.signal.reason, reached: 'answered' })
  t.match(got, { body: '{"items":[]}', end: 'whole' })
})

t.test('a client that leaves ends the call', async (t) => {
  const { ask, says } = start(fixed)
  const client = new AbortController()
  says((sink, { signal }) => signal.addEventListener('abort', () => sink.fail({ error: signal.reason, reached: 'sent' })))
  const got = ask(get, { signal: client.signal })
  client.abort(new SluiceError('CLIENT_GONE', 'x'))
  t.equal(got.end, 'CLIENT_GONE')
})

t.test('another service is sent the same call, under its own rules', async (t) => {
  const { service, asked } = serviceOf('spare', () => ({ body: 'from spare', headers: { a: 'b' } }))
  const { ask, says, counted } = start({ service: 'spare' }, { spare: service })
  says({ status: 500, body: 'broken' })
  const credentials = { authorization: 'Bearer x' }
  t.match(ask(get, { credentials, group: 'canary' }), { status: 200, body: 'from spare', headers: { a: 'b' }, fallback: 'service', facts: { fallback: 'service' } })
  t.equal(asked[0]?.call, get)
  t.match(asked[0]?.context, { credentials, requestId: 'r1', group: undefined }, 'a group is one of the first service')
  t.same(await counted(), [['shop', 'service', 1]])
})

t.test('another service that must not be asked is no fallback', async (t) => {
  const { service, asked } = serviceOf('spare', () => ({ body: 'secret' }))
  const guarded = { ...service, allows: () => new SluiceError('FORBIDDEN', 'x') }
  const { ask, says } = start({ service: 'spare' }, { spare: guarded })
  says({ status: 503, body: 'sorry', headers: { 'retry-after': '5' } })
  t.match(ask(), { status: 503, body: 'sorry', headers: { 'retry-after': '5' }, fallback: undefined, end: 'whole' })
  t.same(asked, [])
})

t.test('what the other service cannot answer either is left to the fixed answer', async (t) => {
  for (const said of [{ fail: 'SERVICE_RESET' }, { status: 503, body: 'me too' }] as const) {
    const { service } = serviceOf('spare', () => said)
    const alone = start({ service: 'spare' }, { spare: service })
    alone.says({ fail: 'BREAKER_OPEN' })
    const got = alone.ask()
    if ('fail' in said) t.match(got, { end: 'SERVICE_RESET', fallback: undefined })
    else t.match(got, { status: 503, body: 'me too', fallback: 'service' })

    const { ask, says, counted } = start({ service: 'spare', ...fixed }, { spare: service })
    says({ fail: 'BREAKER_OPEN' })
    t.match(ask(), { status: 200, body: '{"items":[]}', fallback: 'static', facts: { fallback: 'static' } })
    t.same(await counted(), [['shop', 'static', 1]])
  }
})

t.test("the other service's own fallback counts, and leads no further", async (t) => {
  const far = start({ respond: { status: 200, headers: {}, body: 'far' } })
  far.says({ fail: 'BREAKER_OPEN' })
  const { service } = serviceOf('spare', () => {
    const { status = 0, body } = far.ask()
    return { status, body }
  })
  const { ask, says } = start({ service: 'spare' }, { spare: service })
  says({ fail: 'BREAKER_OPEN' })
  t.match(ask(), { body: 'far', fallback: 'service' })
})

t.test('the first that can answer does', async (t) => {
  const { service, asked } = serviceOf('spare', () => ({ body: 'from spare' }))
  const { ask, says } = start({ stale: { for: 60_000, size: 100_000 }, service: 'spare', ...fixed }, { spare: service })
  says({ fail: 'BREAKER_OPEN' })
  t.match(ask(), { body: 'from spare', fallback: 'service' })
  says({ body: 'own' })
  ask()
  says({ fail: 'BREAKER_OPEN' })
  t.match(ask(), { body: 'own', fallback: 'stale' })
  t.equal(asked.length, 1)
})

t.test('where nothing can answer, what happened goes on untouched', async (t) => {
  const { ask, says } = start({ stale: { for: 60_000, size: 100_000 } })
  says({ status: 503, headers: { 'retry-after': '7' }, body: 'sorry' })
  t.match(ask(), { status: 503, headers: { 'retry-after': '7' }, body: 'sorry', end: 'whole', facts: { fallback: null } })
  says({ fail: 'SERVICE_TIMEOUT' })
  t.match(ask(), { end: 'SERVICE_TIMEOUT', status: undefined })
})
