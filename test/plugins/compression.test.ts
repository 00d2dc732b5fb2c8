import t from 'tap'
import { compression } from '../../plugins/compression.ts'
import type { AnswerHead } from '../../src/policy.ts'
import { exchangeOf, partsOf } from './exchange.ts'

const { parts } = partsOf()
const route = { name: 'r', kind: 'rest', methods: null, policies: {} } as const
const settings = { minSize: 1024, types: ['text/*', 'application/json', 'application/*+json'], algorithms: ['br', 'gzip', 'zstd'] }

interface Case {
  method?: string
  status?: number
  asks?: Record<string, string>
  headers?: AnswerHead['headers']
  more?: object
}

function compressed({ method = 'GET', status = 200, asks = {}, headers = {}, more = {} }: Case) {
  const body = compression.apply(route, { ...settings, ...more }, parts)?.body
  const head: AnswerHead = { status, headers: { 'content-type': 'application/json', 'content-length': '2048', ...headers } }
  const stream = body?.(exchangeOf({ method, headers: { 'accept-encoding': 'gzip', ...asks } }), head)
  stream?.destroy()
  return { stream, headers: head.headers }
}

t.test('what is compressed says so, and nothing that holds of other bytes', async (t) => {
  const { stream, headers } = compressed({ headers: { etag: '"1"', 'accept-ranges': 'bytes', vary: 'Origin' } })
  t.ok(stream)
  t.match(headers, { 'content-encoding': 'gzip', 'content-length': undefined, etag: 'W/"1"', 'accept-ranges': undefined, vary: 'Origin, Accept-Encoding' })
  t.equal(compressed({ headers: { etag: 'W/"1"' } }).headers['etag'], 'W/"1"')
})

t.test('what stays as it is', async (t) => {
  const cases: Record<string, Case> = {
    'a client that asks for nothing': { asks: { 'accept-encoding': '' } },
    'a client that refuses it': { asks: { 'accept-encoding': 'gzip;q=0, br;q=0, zstd;q=0' } },
    'a client that wants no change': { asks: { 'cache-control': 'max-age=0, no-transform' } },
    'a small body': { headers: { 'content-length': '1023' } },
    'a type that is not listed': { headers: { 'content-type': 'image/png' } },
    'no type': { headers: { 'content-type': undefined } },
    'an encoded body': { headers: { 'content-encoding': 'br' } },
    'an unknown coding': { headers: { 'content-encoding': 'x-own' } },
    'no-transform': { headers: { 'cache-control': ['public', 'No-Transform'] } },
    'a digest': { headers: { 'content-digest': 'sha-256=:x:' } },
    'a part': { status: 206 },
    'a range': { headers: { 'content-range': 'bytes 0-1/2' } },
    'no content': { status: 204 },
    'reset content': { status: 205 },
    'not modified': { status: 304 },
    'another protocol': { status: 101 },
  }
  for (const [name, one] of Object.entries(cases)) {
    const { stream, headers } = compressed({ ...one, headers: { etag: '"1"', ...one.headers } })
    t.equal(stream, undefined, name)
    t.equal(headers['etag'], '"1"', name)
    t.equal(headers['content-encoding'], one.headers?.['content-encoding'], name)
    t.ok(headers['content-length'], name)
  }
})

t.test('caches are told wherever another client would have got something else', async (t) => {
  const vary = (one: Case) => compressed(one).headers['vary']
  t.equal(vary({ asks: { 'accept-encoding': '' } }), 'Accept-Encoding')
  t.equal(vary({ headers: { 'content-length': '1' } }), 'Accept-Encoding')
  t.equal(vary({ status: 304, headers: { 'content-type': undefined } }), 'Accept-Encoding')
  t.equal(vary({ method: 'HEAD' }), 'Accept-Encoding')
  t.equal(vary({ headers: { vary: '*' } }), '*')
  t.equal(vary({ headers: { 'content-type': 'image/png' } }), undefined)
})

t.test('types are matched whole', async (t) => {
  const is = (type: string) => compressed({ headers: { 'content-type': type } }).stream !== undefined
  for (const type of ['text/html; charset=utf-8', 'TEXT/CSV', 'application/json;x=1', 'application/problem+json']) t.ok(is(type), type)
  for (const type of ['application/jsonx', 'application/octet-stream', 'image/svg+xml', 'xtext/html', 'application/+jsonx']) t.notOk(is(type), type)
})

t.test('a client that refuses the plain body gets a small one compressed too', async (t) => {
  t.ok(compressed({ asks: { 'accept-encoding': 'gzip, identity;q=0' }, headers: { 'content-length': '10' } }).stream)
  t.ok(compressed({ asks: { 'accept-encoding': 'gzip, *;q=0' }, headers: { 'content-length': '10' } }).stream)
})

t.test('a HEAD is told what a GET would be, and gets no body', async (t) => {
  const { stream, headers } = compressed({ method: 'HEAD', headers: { etag: '"1"' } })
  t.equal(stream, undefined)
  t.match(headers, { 'content-encoding': 'gzip', 'content-length': undefined, etag: 'W/"1"' })
})

t.test('it is off where a route says nothing, or lists no coding', async (t) => {
  t.equal(compression.apply(route, undefined, parts), undefined)
  t.equal(compression.apply(route, { ...settings, algorithms: [] }, parts), undefined)
})
