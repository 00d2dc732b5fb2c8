import { Readable } from 'node:stream'
import fc from 'fast-check'
import t from 'tap'
import { SluiceError, type ErrorCode } from '../../../src/errors.ts'
import { factsOf } from '../../../src/services/record.ts'
import { RetryBudget } from '../../../src/services/retry/budget.ts'
import { compileRetryRule } from '../../../src/services/retry/rule.ts'
import { withTries, type TryParts } from '../../../src/services/retry/tries.ts'
import type { Try } from '../../../src/services/retry/try.ts'
import type { Call, CallContext, CallFailure, Reached } from '../../../src/services/service.ts'
import { TestClock } from '../../clock.ts'
import { callContext } from '../context.ts'

const flow = { pause: () => undefined, resume: () => undefined, stop: () => undefined }
const get: Call = { method: 'GET', path: '/', headers: {}, body: null }
const on = ['connect', 'reset', 502, 503, 504] as const

const failure = (code: ErrorCode, reached: Reached, stale = false): CallFailure => ({ error: new SluiceError(code, 'x'), reached, stale })
const refused = failure('SERVICE_UNREACHABLE', 'not-sent')
const reset = failure('SERVICE_RESET', 'sent')

/** A call whose tries the test ends one by one, and what the client and the log get to see. */
function start(call: Call = get, parts: Partial<TryParts> & { idempotencyKey?: boolean } = {}, more: Partial<CallContext> = {}) {
  const clock = new TestClock()
  const tries: Try[] = []
  const seen: string[] = []
  const counted: string[] = []
  const cancelled: number[] = []
  const facts = factsOf('shop', call.method)
  const dispatch = withTries({
    attempt: (_call, _context, own) => {
      const index = tries.push(own) - 1
      own.cancel = (reason) => {
        cancelled.push(index)
        own.fail({ error: reason, reached: 'sent' })
      }
    },
    attempts: 3,
    rule: compileRetryRule({ on: [...on], idempotencyKey: parts.idempotencyKey ?? false }),
    backoff: (retry) => retry * 10,
    hedge: () => undefined,
    budget: new RetryBudget(0.2, clock),
    clock,
    tried: (reason) => counted.push(String(reason)),
    refused: (why) => counted.push(`no: ${why}`),
    ...parts,
  })
  dispatch(call, callContext({ facts, deadline: clock.elapsed() + 1000, ...more }), {
    head: ({ status }) => seen.push(String(status)),
    data: (chunk) => seen.push(chunk.toString()),
    end: () => seen.push('end'),
    fail: ({ error, reached }) => seen.push(`${error.code} ${reached}`),
  })
  const answer = (index: number, status: number, headers = {}) => {
    tries[index]?.head({ status, headers }, flow)
    tries[index]?.data(Buffer.from(`body of ${index}`))
    tries[index]?.end()
  }
  return { clock, tries, seen, counted, cancelled, facts, answer }
}

t.test('the first answer is the answer', async (t) => {
  const { answer, seen, facts, counted } = start()
  answer(0, 200)
  t.same(seen, ['200', 'body of 0', 'end'])
  t.equal(facts.attempts, 1)
  t.same(counted, ['first'])
})

t.test('after a failure that allows it, it is tried again, after a wait', async (t) => {
  const { clock, tries, answer, seen, facts, counted } = start()
  tries[0]?.fail(refused)
  t.equal(tries.length, 1)
  clock.advance(10)
  tries[1]?.fail(reset)
  clock.advance(20)
  answer(2, 200)
  t.same(seen, ['200', 'body of 2', 'end'])
  t.equal(facts.attempts, 3)
  t.same(counted, ['first', 'connect', 'reset'])
})

t.test('a listed status is thrown away and tried again; the last one goes on', async (t) => {
  const { clock, answer, seen } = start()
  answer(0, 503)
  clock.advance(10)
  answer(1, 502)
  clock.advance(20)
  answer(2, 504)
  t.same(seen, ['504', 'body of 2', 'end'])
})

t.test('what says how far it got is the furthest of all tries', async (t) => {
  const { clock, tries, seen } = start()
  tries[0]?.fail(reset)
  clock.advance(10)
  tries[1]?.fail(refused)
  clock.advance(20)
  tries[2]?.fail(refused)
  t.same(seen, ['SERVICE_UNREACHABLE sent'])
})

t.test('a call that may have taken effect is not repeated', async (t) => {
  const post = { ...get, method: 'POST', body: 'x' }
  const cases: [Call, CallFailure, number, boolean?][] = [
    [post, reset, 1],
    [post, refused, 2],
    [{ ...post, headers: { 'idempotency-key': 'k' } }, reset, 1],
    [{ ...post, headers: { 'idempotency-key': 'k' } }, reset, 2, true],
    [{ ...post, headers: { 'idempotency-key': '' } }, reset, 1, true],
    [post, reset, 1, true],
    [get, failure('SERVICE_RESET', 'answered'), 1],
    [get, failure('SERVICE_TIMEOUT', 'sent'), 1],
    [get, failure('SERVICE_TIMEOUT', 'not-sent'), 2],
    [get, failure('BREAKER_OPEN', 'not-sent'), 1],
    [get, failure('CLIENT_GONE', 'not-sent'), 1],
    [post, failure('SERVICE_RESET', 'sent', true), 1],
    [post, failure('SERVICE_RESET', 'not-sent', true), 2],
    [get, failure('SERVICE_RESET', 'sent', true), 2],
  ]
  for (const [call, ended, made, idempotencyKey = false] of cases) {
    const { clock, tries } = start(call, { idempotencyKey })
    tries[0]?.fail(ended)
    clock.advance(100)
    t.equal(tries.length, made, `${call.method} ${ended.error.code} ${ended.reached}`)
  }
  const { clock, answer, tries } = start(post)
  answer(0, 503)
  clock.advance(100)
  t.equal(tries.length, 1, 'nor after a status')
})

t.test('a streamed body is sent again only where nobody has read of it', async (t) => {
  const untouched = start({ ...get, method: 'POST', body: Readable.from(['x']) })
  untouched.tries[0]?.fail(refused)
  untouched.clock.advance(10)
  t.equal(untouched.tries.length, 2)
  const body = Readable.from(['x'])
  const read = start({ ...get, method: 'PUT', body })
  await body.toArray()
  read.tries[0]?.fail(reset)
  read.clock.advance(10)
  t.equal(read.tries.length, 1)
})

t.test('a closed connection is no try, once', async (t) => {
  const { tries, seen } = start(get, { attempts: 1 })
  tries[0]?.fail(failure('SERVICE_RESET', 'sent', true))
  t.equal(tries.length, 2, 'without a wait')
  tries[1]?.fail(failure('SERVICE_RESET', 'sent', true))
  t.same(seen, ['SERVICE_RESET sent'])
  const more = start()
  more.tries[0]?.fail(failure('SERVICE_RESET', 'sent', true))
  for (const wait of [10, 20, 40]) {
    more.tries.at(-1)?.fail(refused)
    more.clock.advance(wait)
  }
  t.equal(more.tries.length, 4, 'and takes none of the others')
})

t.test('a Retry-After is obeyed where the time allows it', async (t) => {
  const { clock, tries, answer } = start(get, {}, { deadline: new TestClock().elapsed() + 5000 })
  answer(0, 503, { 'retry-after': '2' })
  clock.advance(1999)
  t.equal(tries.length, 1)
  clock.advance(1)
  t.equal(tries.length, 2)
  const late = start()
  late.answer(0, 503, { 'retry-after': '2' })
  t.same(late.seen, ['503', 'body of 0', 'end'])
  t.same(late.counted, ['first', 'no: time'])
  const endless = start(get, {}, { deadline: Infinity })
  endless.answer(0, 503, { 'retry-after': '61' })
  t.same(endless.counted, ['first', 'no: time'])
})

t.test('without budget there is no retry', async (t) => {
  const empty = { call: () => undefined, take: () => false }
  const { seen, tries, counted } = start(get, { budget: Object.assign(new RetryBudget(0, new TestClock()), empty) })
  tries[0]?.fail(refused)
  t.same(seen, ['SERVICE_UNREACHABLE not-sent'])
  t.same(counted, ['first', 'no: budget'])
})

t.test('a client that leaves while a retry waits ends the call at once', async (t) => {
  const gone = new AbortController()
  const { clock, tries, seen } = start(get, {}, { signal: gone.signal })
  tries[0]?.fail(reset)
  gone.abort(new SluiceError('CLIENT_GONE', 'Left.'))
  t.same(seen, ['CLIENT_GONE sent'])
  clock.advance(1000)
  t.equal(tries.length, 1)
  t.equal(clock.waiting, 0)
})

t.test('a slow read is sent twice; the first answer wins and the other is cancelled', async (t) => {
  for (const winner of [0, 1]) {
    const { clock, tries, answer, seen, cancelled, facts } = start(get, { hedge: () => 50 })
    clock.advance(50)
    t.equal(tries.length, 2)
    answer(winner, 200)
    t.same(seen, ['200', `body of ${winner}`, 'end'])
    t.same(cancelled, [1 - winner])
    t.match(facts, { hedged: true, attempts: 2 })
    t.equal(clock.waiting, 0)
  }
})

t.test('a hedge is not sent when the answer is there, nor without budget', async (t) => {
  const quick = start(get, { hedge: () => 50 })
  quick.answer(0, 200)
  quick.clock.advance(50)
  t.equal(quick.tries.length, 1)
  const none = Object.assign(new RetryBudget(0, new TestClock()), { take: () => false })
  const poor = start(get, { hedge: () => 50, budget: none })
  poor.clock.advance(50)
  t.equal(poor.tries.length, 1)
})

t.test('of two tries under way, one that fails leaves the other its chance', async (t) => {
  const { clock, tries, answer, seen } = start(get, { hedge: () => 50 })
  clock.advance(50)
  tries[0]?.fail(reset)
  t.same(seen, [])
  answer(1, 503)
  clock.advance(10)
  answer(2, 200)
  t.same(seen, ['200', 'body of 2', 'end'])
})

t.test('an unwanted answer that does not end costs its connection', async (t) => {
  const { clock, tries, cancelled } = start()
  tries[0]?.head({ status: 503, headers: {} }, flow)
  tries[0]?.data(Buffer.alloc(65_536))
  t.same(cancelled, [])
  tries[0]?.data(Buffer.alloc(1))
  t.same(cancelled, [0])
  clock.advance(10)
  t.equal(tries.length, 2, 'and nothing else')
})

t.test('whatever happens, the client gets one head or one failure, and nothing twice', async () => {
  const step = fc.record({
    index: fc.nat(3),
    event: fc.constantFrom('ok', 'busy', 'refused', 'reset', 'stale', 'wait', 'gone', 'data', 'end'),
  })
  fc.assert(fc.property(fc.array(step, { maxLength: 30 }), fc.constantFrom('GET', 'POST'), fc.boolean(), (steps, method, hedges) => {
    const gone = new AbortController()
    const call = { ...get, method }
    const { clock, tries, seen, facts } = start(call, hedges ? { hedge: () => 15 } : {}, { signal: gone.signal })
    const ended = new Set<Try>()
    for (const { index, event } of steps) {
      const own = tries[index]
      if (event === 'wait') clock.advance(10)
      if (event === 'gone') {
        gone.abort(new SluiceError('CLIENT_GONE', 'Left.'))
        for (const each of tries) if (!ended.has(each)) each.fail(failure('CLIENT_GONE', 'sent'))
        tries.forEach((each) => ended.add(each))
      }
      if (own === undefined || ended.has(own)) continue
      if (event === 'ok' || event === 'busy') own.head({ status: event === 'ok' ? 200 : 503, headers: {} }, flow)
      if (event === 'ok' || event === 'busy') own.end()
      if (event === 'refused') own.fail(refused)
      if (event === 'reset') own.fail(reset)
      if (event === 'stale') own.fail(failure('SERVICE_RESET', 'sent', true))
      if (event !== 'wait' && event !== 'data' && event !== 'end') ended.add(own)
    }
    const ends = seen.filter((each) => !each.startsWith('body') && each !== 'end')
    if (ends.length > 1) throw new Error(`two ends: ${seen.join()}`)
    if (facts.attempts > 4 || facts.attempts !== tries.length) throw new Error(`${facts.attempts} attempts`)
    if (method === 'POST' && tries.length > 1 && steps.every(({ event }) => event !== 'refused') && !hedges) throw new Error('a write twice')
  }), { numRuns: 2000 })
})
