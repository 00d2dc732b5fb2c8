import t from 'tap'
import { accessLog } from '../../plugins/access-log.ts'
import type { ExchangeRecord } from '../../src/exchange.ts'
import { factsOf } from '../../src/services/record.ts'
import { TestClock } from '../clock.ts'
import { exchangeOf, partsOf } from './exchange.ts'

const route = { name: 'things', kind: 'rest', methods: null, policies: {} } as const

function logged(record: Partial<ExchangeRecord>, settings?: unknown, more: Parameters<typeof exchangeOf>[0] = {}) {
  const clock = new TestClock()
  const { parts, lines } = partsOf({}, { clock })
  const exchange = exchangeOf({ startedAt: clock.now(), ...more })
  clock.advance(12)
  Object.assign(exchange.record, { status: 200 }, record)
  accessLog.apply(route, settings, parts)?.done?.(exchange)
  return lines
}

t.test('one line tells what happened', async (t) => {
  const call = { ...factsOf('orders', 'GET'), status: 200, ms: 3, target: 'http://10.0.0.7', attempts: 2, breaker: 'closed' as const }
  const [line, ...more] = logged(
    { bytes: 42, calls: [call], shadow: [{ policy: 'limits/writes', code: 'RATE_LIMITED' }], fields: { operation: 'me', status: 1 } },
    undefined,
    { identity: { subject: 'ada', provider: 'main', scopes: new Set(), claims: {}, expiresAt: null } },
  )
  t.same(more, [])
  t.match(line, {
    level: 30, id: 'the-id', method: 'GET', path: '/things', route: 'things', status: 200, ms: 12, bytes: 42, code: null, cut: false,
    client: '192.0.2.1', subject: 'ada', provider: 'main', operation: 'me',
    calls: [{ service: 'orders', status: 200, code: null, ms: 3, target: 'http://10.0.0.7', breaker: 'closed', attempts: 2 }], shadow: [{ policy: 'limits/writes', code: 'RATE_LIMITED' }],
  })
})

t.test('no secret is in it, and no path is endless', async (t) => {
  const [line] = logged({}, undefined, {
    path: `/${'x'.repeat(5000)}`,
    query: '?access_token=s3cret',
    headers: { authorization: 'Bearer s3cret', cookie: 's3cret', 'x-api-key': 's3cret' },
  })
  const text = JSON.stringify(line)
  t.notMatch(text, 's3cret')
  t.ok(text.length < 1000)
})

t.test('the level follows the status', async (t) => {
  for (const [record, level] of [
    [{ status: 204 }, 30], [{ status: 304 }, 30], [{ status: 404 }, 40], [{ status: 200, cut: true }, 40], [{ status: 502 }, 50],
  ] as const) t.match(logged(record), [{ level }])
})

t.test('lines can be limited to failures, or left out', async (t) => {
  t.same(logged({}, { lines: 'failures' }), [])
  t.equal(logged({ status: 429 }, { lines: 'failures' }).length, 1)
  t.same(logged({ status: 500 }, { lines: 'none' }), [])
})
