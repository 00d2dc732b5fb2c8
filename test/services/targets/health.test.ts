import t from 'tap'
import { SluiceError } from '../../../src/errors.ts'
import type { Call, Sink } from '../../../src/services/service.ts'
import { answerWith, endpoints, flow, openPool, tally } from './pool.ts'

const health = { path: '/health', every: 1000, timeout: 300, unhealthyAfter: 3, healthyAfter: 2 }

interface Asked {
  call: Call
  /** With what it was given up. */
  cancelled: unknown[]
  sink: Sink
}

/** A pool of two whose checks are answered as `answer` says, and the checks that were made. */
function checked(answer: (asked: Asked, check: number) => void, { jitter = 0.5, asks = ['a'] } = {}) {
  const checks: Asked[] = []
  const fixture = openPool({ health, slowStart: 0 }, {
    random: () => jitter,
    open: ({ url }) => ({
      value: {
        url,
        send: (call, sink) => {
          const asked: Asked = { call, sink, cancelled: [] }
          if (!asks.some((host) => url === `http://${host}`)) answerWith(sink, 200)
          else answer(asked, checks.push(asked))
          return { cancel: (reason: unknown) => void asked.cancelled.push(reason) }
        },
        close: async () => undefined,
      },
      release: () => undefined,
    }),
  })
  fixture.pool.update(endpoints('a', 'b'))
  return { ...fixture, fixture, checks, healthy: () => tally(fixture, 2)['a'] !== undefined }
}

const reset = (stale: boolean) => ({ error: new SluiceError('SERVICE_RESET', 'Reset.'), reached: 'sent', stale }) as const

t.test('a target is asked again and again, the first time at random', async (t) => {
  const { clock, checks } = checked(({ sink }) => answerWith(sink, 200, 'ok'), { jitter: 0.25 })
  clock.advance(249)
  t.equal(checks.length, 0)
  clock.advance(1)
  t.equal(checks.length, 1)
  t.match(checks[0], { call: { method: 'GET', path: '/health', body: null, within: 300 } })
  clock.advance(3000)
  t.equal(checks.length, 4)
})

t.test('a target is healthy until checks in a row fail, and unhealthy until checks in a row succeed', async (t) => {
  const statuses = [500, 404, 204, 500, 301, 503, 200, 500, 200, 299]
  const { clock, healthy, fixture } = checked(({ sink }, check) => answerWith(sink, statuses[check - 1] ?? 200))
  t.ok(healthy(), 'before the first check')
  clock.advance(500)
  const seen = statuses.map(() => {
    const is = healthy()
    clock.advance(1000)
    return is
  })
  t.same(seen, [true, true, true, true, true, false, false, false, false, true])
  t.equal(await fixture.count('targets', { state: 'unhealthy' }), 0)
})

t.test('an unhealthy target is counted as such, and starts slowly when it is well', async (t) => {
  const fixture = checked(({ sink }, check) => answerWith(sink, check <= 3 ? 500 : 200))
  fixture.clock.advance(2500)
  t.same([await fixture.count('targets', { state: 'fit' }), await fixture.count('targets', { state: 'unhealthy' })], [1, 1])
  fixture.clock.advance(2000)
  t.equal(await fixture.count('targets', { state: 'fit' }), 2)
})

t.test('a check that is not answered in time fails, and its call is given up', async (t) => {
  const { clock, checks, healthy } = checked(() => undefined)
  clock.advance(500 + 299)
  t.same(checks[0]?.cancelled, [])
  clock.advance(1)
  t.match(checks[0]?.cancelled, [{ code: 'SERVICE_TIMEOUT' }])
  clock.advance(2000)
  t.equal(checks.length, 3, 'the time from one check to the next is the same')
  t.notOk(healthy())
})

t.test('an answer whose head is well but that does not end in time fails', async (t) => {
  const { clock, healthy } = checked(({ sink }) => sink.head({ status: 200, headers: {} }, flow))
  clock.advance(2800)
  t.notOk(healthy())
})

t.test('a long answer is not read to its end', async (t) => {
  let stopped = 0
  const { clock, checks, healthy } = checked(({ sink }, check) => {
    sink.head({ status: 200, headers: {} }, { ...flow, stop: () => void (stopped += 1) })
    for (let chunk = 0; chunk < 65; chunk++) {
      t.equal(stopped, check - 1)
      sink.data(Buffer.alloc(1024))
    }
    sink.fail(reset(false))
  })
  clock.advance(3500)
  t.equal(stopped, checks.length)
  t.ok(healthy(), 'its status has said all')
})

t.test('a broken connection fails the check; a kept one that was closed is no news, once', async (t) => {
  const broken = checked(({ sink }) => sink.fail(reset(false)))
  broken.clock.advance(2500)
  t.notOk(broken.healthy())
  const kept = checked(({ sink }, check) => check % 2 === 1 ? sink.fail(reset(true)) : answerWith(sink, 200))
  kept.clock.advance(4500)
  t.equal(kept.checks.length, 10)
  t.ok(kept.healthy())
  const always = checked(({ sink }) => sink.fail(reset(true)))
  always.clock.advance(2500)
  t.equal(always.checks.length, 6)
  t.notOk(always.healthy())
})

t.test('a target that goes is asked no more, and one that comes back is the same and is asked again', async (t) => {
  const { clock, checks, pool, take } = checked(({ sink }) => answerWith(sink, 500))
  const target = [take().target, take().target].find(({ endpoint }) => endpoint.url === 'http://a')!
  clock.advance(2500)
  t.equal(target.state, 'unhealthy')
  target.begin()
  pool.update(endpoints('b'))
  clock.advance(10_000)
  t.equal(checks.length, 3)
  pool.update(endpoints('a', 'b'))
  t.equal(target.state, 'unhealthy')
  clock.advance(500)
  t.equal(checks.length, 4)
})

t.test('closing ends checks under way, which then say nothing', async (t) => {
  const { clock, checks, pool } = checked(() => undefined)
  clock.advance(500)
  pool.close()
  t.match(checks[0]?.cancelled, [{ code: 'DRAINING' }])
  checks[0]?.sink.fail(reset(false))
  t.equal(clock.waiting, 0)
})

t.test('when all are unhealthy, all take calls', async (t) => {
  const { clock, fixture } = checked(({ sink }) => answerWith(sink, 500), { asks: ['a', 'b'] })
  clock.advance(2500)
  t.equal(await fixture.count('targets', { state: 'unhealthy' }), 2)
  t.same(tally(fixture, 4), { a: 2, b: 2 })
})
