import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { anonymous, type Identity } from '../../../src/identity.ts'
import type { Call, CallContext, Sink } from '../../../src/services/service.ts'
import { flow, get, start, type Said } from './service.ts'

const stale = { for: 600_000, size: 1_000_000 }
const ada: Identity = { subject: 'ada', provider: 'main', scopes: new Set(['read']), claims: { sub: 'ada', org: 'acme' }, expiresAt: null }

/** Lets the service say this to a call, then fail, and tells what another call gets. */
function after(first: [Call, Partial<CallContext>?], said: Said, second: [Call, Partial<CallContext>?] = first) {
  const { ask, says } = start({ stale })
  says(said)
  ask(...first)
  says({ fail: 'BREAKER_OPEN' })
  return ask(...second)
}

t.test('the last good answer is given again, with its age', async (t) => {
  const { ask, says, clock, counted } = start({ stale })
  says({ body: 'first' })
  ask()
  says({ body: 'second', headers: { 'content-type': 'text/x', etag: '"2"', connection: 'x-hop', 'x-hop': '1' } })
  ask()
  clock.advance(61_500)
  says({ status: 502, body: 'broken' })
  const got = ask()
  t.match(got, { status: 200, body: 'second', end: 'whole', fallback: 'stale', facts: { fallback: 'stale' } })
  t.same(got.headers, { 'content-type': 'text/x', etag: '"2"', age: '61', 'content-length': '6' })
  t.same(await counted(), [['shop', 'stale', 1]])
})

t.test('an age that it had already counts', async (t) => {
  t.equal(after([get], { body: 'x', headers: { age: '30' } }).headers['age'], '30')
  t.equal(after([get], { body: 'x', headers: { age: 'old' } }).headers['age'], '0')
})

t.test('an answer that is too old is none', async (t) => {
  const { ask, says, clock } = start({ stale })
  says({ body: 'x' })
  ask()
  says({ fail: 'NO_TARGET' })
  clock.advance(stale.for - 1)
  t.equal(ask().fallback, 'stale')
  clock.advance(1)
  t.equal(ask().end, 'NO_TARGET')
})

t.test('HEAD is answered with the head of a GET, and keeps none itself', async (t) => {
  t.match(after([get], { body: 'twelve bytes' }, [{ ...get, method: 'HEAD' }]), { status: 200, body: '', headers: { 'content-length': '12' }, fallback: 'stale' })
  t.equal(after([{ ...get, method: 'HEAD' }], {}, [get]).end, 'BREAKER_OPEN')
  t.equal(after([{ ...get, method: 'QUERY' }], { body: 'x' }).end, 'BREAKER_OPEN')
  t.equal(after([{ ...get, body: 'a body' }], { body: 'x' }).end, 'BREAKER_OPEN')
})

t.test('what is not kept', async (t) => {
  const answers: Record<string, Said> = {
    'another status': { status: 203, body: 'x' },
    'not found': { status: 404, body: 'x' },
    'a part': { status: 206, body: 'x' },
    'no-store': { body: 'x', headers: { 'cache-control': 'private, No-Store' } },
    'a cookie': { body: 'x', headers: { 'set-cookie': ['a=b'] } },
    'varies with everything': { body: 'x', headers: { vary: '*' } },
    'cut short': { body: 'x', cut: true },
    'too large': { body: 'x'.repeat(stale.size / 4 + 1) },
  }
  for (const [name, said] of Object.entries(answers)) t.equal(after([get], said).end, 'BREAKER_OPEN', name)
  t.equal(after([{ ...get, headers: { 'cache-control': 'no-store' } }], { body: 'x' }).end, 'BREAKER_OPEN', 'the client wants none of it kept')
  t.equal(after([get], { body: 'x'.repeat(stale.size / 4 - 1) }).fallback, 'stale', 'as large as may be')
})

t.test('what differs on every request does not tell calls apart', async (t) => {
  const alike: Call['headers'][] = [
    { traceparent: '00-1', tracestate: 'a', 'x-request-id': '1', b3: '0', 'x-forwarded-for': '1.2.3.4' },
    { accept: '*/*', 'if-none-match': '"1"', 'if-modified-since': 'x' },
    { undefined: undefined },
  ]
  for (const headers of alike) {
    const call = { ...get, headers: { ...headers, ...get.headers } }
    t.equal(after([get], { body: 'x' }, [call]).fallback, 'stale', JSON.stringify(headers))
  }
  const [one, two] = [{ a: '1', b: '2' }, { b: '2', a: '1' }]
  t.equal(after([{ ...get, headers: one }], { body: 'x' }, [{ ...get, headers: two }]).fallback, 'stale', 'nor the order of headers')
})

t.test('nothing else is shared', async (t) => {
  const first: [Call, Partial<CallContext>] = [get, { identity: ada, credentials: { authorization: 'Bearer a' } }]
  const other = (more: Partial<Call>, context: Partial<CallContext> = {}): [Call, Partial<CallContext>] => [{ ...get, ...more }, { ...first[1], ...context }]
  const client = { address: '127.0.0.1', host: 'shop.example', scheme: 'http' } as const
  const others: Record<string, [Call, Partial<CallContext>]> = {
    path: other({ path: '/things' }),
    query: other({ path: '/things?x=2' }),
    'a header more': other({ headers: { ...get.headers, 'accept-language': 'de' } }),
    'another value': other({ headers: { accept: 'text/html' } }),
    'several values': other({ headers: { accept: ['*/*'] } }),
    'a cookie': other({ headers: { ...get.headers, cookie: 'a=b' } }),
    subject: other({}, { identity: { ...ada, subject: 'bob' } }),
    provider: other({}, { identity: { ...ada, provider: 'other' } }),
    scopes: other({}, { identity: { ...ada, scopes: new Set() } }),
    claims: other({}, { identity: { ...ada, claims: { sub: 'ada', org: 'other' } } }),
    nobody: other({}, { identity: anonymous }),
    credentials: other({}, { credentials: { authorization: 'Bearer b' } }),
    'no credentials': other({}, { credentials: {} }),
    host: other({}, { client: { ...client, host: 'other.example' } }),
    scheme: other({}, { client: { ...client, scheme: 'https' } }),
    group: other({}, { group: 'canary' }),
  }
  t.equal(after(first, { body: "ada's" }).body, "ada's")
  t.equal(after(first, { body: "ada's" }, other({}, { client: { ...client, address: '10.0.0.1' } })).body, "ada's", 'who is known may move')
  for (const [name, second] of Object.entries(others)) t.equal(after(first, { body: "ada's" }, second).end, 'BREAKER_OPEN', name)
  const moved = { client: { ...client, address: '10.0.0.1' } }
  t.equal(after([get], { body: 'x' }, [get, moved]).end, 'BREAKER_OPEN', 'who is not known is an address')
})

const text = fc.constantFrom('', 'a', 'b', 'a,b', '"', '[', 'null', 'a":"b')
const headers = fc.dictionary(fc.constantFrom('a', 'b', 'cookie'), fc.oneof(text, fc.array(text, { maxLength: 2 })))
const asked = fc.record({
  path: text, headers, credentials: headers, address: text, host: text, group: fc.option(text, { nil: undefined }),
  provider: fc.option(text), subject: fc.option(text), scopes: fc.array(text, { maxLength: 2 }), claims: fc.dictionary(text, text),
})
type Asked = typeof asked extends fc.Arbitrary<infer A> ? A : never

const callOf = ({ path, headers, credentials, address, host, group, provider, subject, scopes, claims }: Asked): [Call, Partial<CallContext>] => [
  { ...get, path, headers },
  { credentials, group, identity: { provider, subject, scopes: new Set(scopes), claims, expiresAt: null }, client: { address, host, scheme: 'http' } },
]

/** What a call is, in a way that can be compared. */
const meant = ({ headers, credentials, address, scopes, ...rest }: Asked) => ({
  ...rest, headers: { ...headers }, credentials: { ...credentials }, claims: { ...rest.claims },
  scopes: new Set(scopes), address: rest.subject === null ? address : null,
})

t.test('two calls are given one answer when they are equal, and only then', async (t) => {
  let equal = 0
  fc.assert(fc.property(asked, asked, fc.array(fc.nat(9), { maxLength: 2 }), (one, other, changes) => {
    const names = changes.map((index) => (Object.keys(one) as (keyof Asked)[])[index])
    const two = { ...one, ...Object.fromEntries(names.map((name) => [name, other[name!]])) } as Asked
    const same = isDeepStrictEqual(meant(one), meant(two))
    if (same) equal += 1
    return (after(callOf(one), { body: 'x' }, callOf(two)).fallback === 'stale') === same
  }), { numRuns: 500 })
  t.ok(equal > 50 && equal < 450, `${equal} of 500 were equal`)
})

t.test('memory is bounded, and what was used least recently goes first', async (t) => {
  const { ask, says } = start({ stale: { for: 600_000, size: 40_000 } })
  const thing = (n: number): Call => ({ ...get, path: `/${n}` })
  says({ body: 'x'.repeat(1000) })
  for (let n = 0; n < 100; n++) {
    ask(thing(n))
    says({ fail: 'NO_TARGET' })
    ask(thing(0))
    says({ body: 'x'.repeat(1000) })
  }
  says({ fail: 'NO_TARGET' })
  const left = Array.from({ length: 100 }, (_, n) => n).filter((n) => ask(thing(n)).fallback === 'stale')
  t.equal(left[0], 0, 'what is used stays')
  t.ok(left.length > 10 && left.length < 30, String(left.length))
  t.equal(left.at(-1), 99)
})

t.test('streams that never end keep nobody else from being kept', async (t) => {
  const { ask, says } = start({ stale: { for: 600_000, size: 40_000 } })
  const streams: Sink[] = []
  says((sink) => {
    streams.push(sink)
    sink.head({ status: 200, headers: {} }, flow)
    sink.data(Buffer.alloc(4000))
  })
  const endless = Array.from({ length: 50 }, (_, n) => ask({ ...get, path: `/stream/${n}` }))
  says({ body: 'x'.repeat(5000) })
  ask()
  for (const sink of streams) sink.end()
  t.ok(endless.every(({ body, end }) => body.length === 4000 && end === 'whole'), 'their clients miss nothing')
  says({ fail: 'NO_TARGET' })
  t.equal(ask().fallback, 'stale')
  const kept = endless.filter((_, n) => ask({ ...get, path: `/stream/${n}` }).fallback === 'stale')
  t.ok(kept.length <= 2, 'those that were given up are not kept as if they were whole')
})

t.test('bodies reach the client as they come, and in the order of the contract', async (t) => {
  const { ask, says } = start({ stale })
  let own: Sink | undefined
  says((sink) => {
    own = sink
    sink.head({ status: 200, headers: {} }, flow)
  })
  const got = ask()
  own!.data(Buffer.from('a'))
  t.equal(got.body, 'a')
  own!.data(Buffer.from('b'))
  t.equal(got.body, 'ab')
  own!.end()
  t.equal(got.end, 'whole')
})
