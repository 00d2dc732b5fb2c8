import { PassThrough, Readable } from 'node:stream'
import fc from 'fast-check'
import t from 'tap'
import type { ConcurrencySettings } from '../../../src/config/schema.ts'
import { SluiceError } from '../../../src/errors.ts'
import { withConcurrency } from '../../../src/services/limit/concurrency.ts'
import { Limiter } from '../../../src/services/limit/limiter.ts'
import type { Call, CallContext, Flow, Sink } from '../../../src/services/service.ts'
import { Metrics } from '../../../src/telemetry/metrics.ts'
import { TestClock } from '../../clock.ts'
import { callContext } from '../context.ts'
import { factsOf, settingsOf } from './simulation.ts'

const flow: Flow = { pause: () => undefined, resume: () => undefined, stop: () => undefined }
const head = { status: 200, headers: {} }
const reset = new SluiceError('SERVICE_RESET', 'Reset.')

/** A service that answers when the test says so. */
function setUp(more: Partial<ConcurrencySettings> = {}) {
  const clock = new TestClock()
  const metrics = new Metrics()
  const limiter = new Limiter('orders', settingsOf(more), { clock, metrics: metrics.services })
  /** Calls that reached the service, by path. */
  const sent = new Map<string, Sink>()
  const order: string[] = []
  let atOnce: ((sink: Sink) => void) | undefined
  const dispatch = withConcurrency((call, _context, sink) => {
    order.push(call.path)
    sent.set(call.path, sink)
    atOnce?.(sink)
  }, limiter)

  function send(path: string, more: Partial<CallContext> = {}, body: Call['body'] = null) {
    const facts = factsOf()
    const events: string[] = []
    const failures: SluiceError[] = []
    dispatch({ method: 'GET', path, headers: {}, body }, callContext({ facts, ...more }), {
      head: ({ status }) => void events.push(String(status)),
      data: () => undefined,
      end: () => void events.push('end'),
      upgrade: () => void events.push('upgrade'),
      fail({ error, reached }) {
        events.push(`${error.code} ${reached}`)
        failures.push(error)
      },
    })
    return { facts, events, failures }
  }

  const gauge = async (name: string) => (await metrics.registry.getSingleMetric(name)?.get())?.values ?? []
  return {
    clock, limiter, send, sent, order, gauge,
    answerAtOnce: (answer: (sink: Sink) => void) => void (atOnce = answer),
    answer: (path: string) => sent.get(path)!.head(head, flow),
  }
}

t.test('so many calls are sent at a time, the next wait in line, and more are refused at once', async (t) => {
  const { send, order, answer, gauge } = setUp({ max: 2, queue: 2 })
  const calls = ['a', 'b', 'c', 'd', 'e'].map((path) => send(path))
  t.same(order, ['a', 'b'])
  t.same(calls[4]?.events, ['SERVICE_BUSY not-sent'])
  t.match(calls[4]?.failures, [{ status: 503, headers: { 'retry-after': '1' } }])
  t.match(await gauge('sluice_queue_refusals_total'), [{ labels: { service: 'orders', mode: 'enforce' }, value: 1 }])
  answer('b')
  t.same(order, ['a', 'b', 'c'])
  answer('a')
  answer('c')
  t.same(order, ['a', 'b', 'c', 'd'])
})

t.test('without a queue what finds no place is refused', async (t) => {
  const { send, order, answer } = setUp({ max: 1, queue: 0 })
  send('a')
  t.same(send('b').events, ['SERVICE_BUSY not-sent'])
  answer('a')
  send('c')
  t.same(order, ['a', 'c'])
})

for (const [what, end] of Object.entries({
  'the head of its answer': (sink: Sink) => sink.head(head, flow),
  'a failure': (sink: Sink) => sink.fail({ error: reset, reached: 'sent' }),
  'an upgrade': (sink: Sink) => sink.upgrade?.(head, new PassThrough()),
})) {
  t.test(`a call holds its place until ${what}, once`, async (t) => {
    const { send, sent, order, limiter } = setUp({ max: 1 })
    const { events } = send('a')
    send('b')
    send('c')
    end(sent.get('a')!)
    t.equal(events.length, 1)
    t.same(order, ['a', 'b'])
    if (what.startsWith('the head')) sent.get('a')!.fail({ error: reset, reached: 'answered' })
    t.same(order, ['a', 'b'], 'what is read slowly or cut later gives no second place')
    t.equal(limiter.working, 1)
  })
}

t.test('a body that is still a stream waits for room, and holds a place from when it was sent whole', async (t) => {
  const { send, sent, order, answer, limiter } = setUp({ max: 1 })
  send('upload', {}, new Readable())
  send('another', {}, new Readable())
  t.same(order, ['upload', 'another'], 'uploads under way hold none')
  sent.get('upload')!.sent?.(false)
  t.equal(limiter.working, 0)
  send('plain')
  t.equal(limiter.working, 1)
  send('third', {}, new Readable())
  t.same(order, ['upload', 'another', 'plain'])
  sent.get('upload')!.sent?.(true)
  t.equal(limiter.working, 2, 'what was admitted is not stopped')
  answer('plain')
  t.notOk(order.includes('third'))
  answer('upload')
  t.ok(order.includes('third'))
  t.equal(limiter.working, 0)
})

t.test('an answer that comes before the body was sent whole is no matter', async (t) => {
  const { send, sent, limiter } = setUp({ max: 1 })
  send('early', {}, new Readable())
  sent.get('early')!.head({ status: 413, headers: {} }, flow)
  sent.get('early')!.sent?.(true)
  t.equal(limiter.working, 0)
  send('broken', {}, new Readable())
  sent.get('broken')!.fail({ error: reset, reached: 'sent' })
  t.equal(limiter.working, 0)
})

t.test('a body that is held counts as any call, and once', async (t) => {
  const { send, sent, limiter, answer } = setUp({ max: 2 })
  send('a', {}, Buffer.from('x'))
  sent.get('a')!.sent?.(true)
  t.equal(limiter.working, 1)
  answer('a')
  t.equal(limiter.working, 0)
})

t.test('who waits leaves when the client does, and costs nothing after', async (t) => {
  const { clock, send, order, answer, limiter, gauge } = setUp({ max: 1, queue: 1 })
  const gone = new AbortController()
  send('a')
  const { events, facts } = send('b', { signal: gone.signal, deadline: clock.elapsed() + 1000 })
  clock.advance(30)
  gone.abort(new SluiceError('CLIENT_GONE', 'Left.'))
  t.same(events, ['CLIENT_GONE not-sent'])
  t.equal(facts.queuedMs, 30)
  t.equal(limiter.waiting, 0)
  t.equal(clock.waiting, 0)
  t.same(await gauge('sluice_queue_refusals_total'), [], 'that is no refusal')
  send('c')
  answer('a')
  t.same(order, ['a', 'c'])
})

t.test('a client that has left already does not wait', async (t) => {
  const { send, limiter } = setUp({ max: 1 })
  send('a')
  t.same(send('b', { signal: AbortSignal.abort(new SluiceError('CLIENT_GONE', 'Left.')) }).events, ['CLIENT_GONE not-sent'])
  t.equal(limiter.waiting, 0)
})

t.test('who waits is refused when the deadline passes', async (t) => {
  const { clock, send, order, answer, gauge } = setUp({ max: 1 })
  send('a')
  const { events, facts } = send('b', { deadline: clock.elapsed() + 1000 })
  const patient = send('c')
  clock.advance(999)
  t.same(events, [])
  clock.advance(1)
  t.same(events, ['SERVICE_BUSY not-sent'])
  t.equal(facts.queuedMs, 1000)
  t.match(await gauge('sluice_queue_refusals_total'), [{ value: 1 }])
  clock.advance(60_000)
  answer('a')
  t.same(order, ['a', 'c'])
  t.equal(patient.facts.queuedMs, 61_000)
})

t.test('a burst that fits into the queue is sent whole, however long it takes', async (t) => {
  const { clock, send, order, answer } = setUp({ max: 1, queue: 100 })
  for (let call = 0; call <= 100; call++) send(String(call))
  for (let call = 0; call < 100; call++) {
    clock.advance(500)
    answer(String(call))
  }
  t.equal(order.length, 101)
})

t.test('once the queue was full, waits that are too long to be useful end in a refusal, until it is empty', async (t) => {
  const { clock, send, order, answer } = setUp({ max: 1, queue: 2 })
  send('a')
  const old = [send('b'), send('c')]
  send('too many')
  clock.advance(21)
  answer('a')
  t.same(old.map(({ events }) => events), [['SERVICE_BUSY not-sent'], ['SERVICE_BUSY not-sent']])
  t.same(old.map(({ facts }) => facts.queuedMs), [21, 21])
  send('d')
  send('e')
  clock.advance(1000)
  answer('d')
  t.same(order, ['a', 'd', 'e'], 'the queue was empty: no one comes too often any more')
})

t.test('how long is useful goes by how long the service usually takes', async (t) => {
  const { clock, send, order, answer } = setUp({ max: 1, queue: 3 })
  send('a')
  clock.advance(400)
  send('b')
  answer('a')
  send('c')
  send('d')
  send('e')
  send('too many')
  clock.advance(190)
  answer('b')
  t.same(order, ['a', 'b', 'c'])
  clock.advance(10)
  answer('c')
  t.same(order, ['a', 'b', 'c'], 'what waited for more than half of it is refused')
})

t.test('in shadow every call is sent, and what would have been refused is counted and noted', async (t) => {
  const { send, order, gauge, limiter } = setUp({ max: 1, queue: 1, mode: 'shadow' })
  const calls = ['a', 'b', 'c'].map((path) => send(path))
  t.same(order, ['a', 'b', 'c'])
  t.equal(limiter.working, 3)
  t.same(calls.map(({ facts }) => facts.shadow), [[], [], ['concurrency']])
  t.match(await gauge('sluice_queue_refusals_total'), [{ labels: { service: 'orders', mode: 'shadow' }, value: 1 }])
})

t.test('calls that fail at once empty any queue without recursion', async (t) => {
  const { send, order, sent, answerAtOnce, limiter } = setUp({ max: 1, queue: 20_000 })
  for (let call = 0; call <= 20_000; call++) send(String(call))
  answerAtOnce((sink) => sink.fail({ error: reset, reached: 'not-sent' }))
  sent.get('0')!.fail({ error: reset, reached: 'not-sent' })
  t.equal(order.length, 20_001)
  t.equal(limiter.working, 0)
})

t.test('the metrics tell how many calls are at work and may be, of all limiters of a service together', async (t) => {
  const { send, gauge, answer, limiter } = setUp({ max: 2, queue: 0 })
  send('a')
  t.match(await gauge('sluice_calls_working'), [{ labels: { service: 'orders' }, value: 1 }])
  t.match(await gauge('sluice_calls_working_limit'), [{ labels: { service: 'orders' }, value: 2 }])
  limiter.close()
  t.match(await gauge('sluice_calls_working_limit'), [{ value: 0 }])
  answer('a')
  t.match(await gauge('sluice_calls_working'), [{ value: 0 }])
  t.match(await gauge('sluice_calls_working_limit'), [{ value: 0 }])
})

t.test('an adaptive limit begins small, and the metrics follow it', async (t) => {
  const { clock, send, sent, gauge, limiter } = setUp({ max: 100, adaptive: true })
  t.equal(limiter.limit, 4)
  for (let call = 0; call < 40; call++) {
    send(String(call))
    if (call % 4 !== 3) continue
    clock.advance(50)
    for (let one = call - 3; one <= call; one++) sent.get(String(one))!.head(head, flow)
  }
  t.ok(limiter.limit > 4)
  t.match(await gauge('sluice_calls_working_limit'), [{ value: limiter.limit }])
})

type Step = 'send' | 'upload' | { answer: number } | { fail: number } | { abort: number } | { pause: number }
const step = fc.oneof<fc.MaybeWeightedArbitrary<Step>[]>(
  { weight: 5, arbitrary: fc.constantFrom<Step[]>('send', 'send', 'send', 'upload') },
  { weight: 3, arbitrary: fc.record({ answer: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ fail: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ abort: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ pause: fc.nat(40) }) },
)

t.test('whatever happens, places and queue are bounded, calls go in order, and each ends once', async () => {
  const settings = fc.record({ max: fc.integer({ min: 1, max: 4 }), queue: fc.nat(4) })
  fc.assert(fc.property(settings, fc.array(step, { maxLength: 120 }), (bounds, steps) => {
    const { clock, send, sent, order, limiter, answer } = setUp(bounds)
    const calls: { events: string[]; gone: AbortController }[] = []
    const under = new Set<string>()
    const pick = (index: number) => [...sent.keys()].filter((path) => !under.has(path)).at(index % Math.max(1, sent.size - under.size))
    for (const step of steps) {
      if (step === 'send' || step === 'upload') {
        const gone = new AbortController()
        const deadline = clock.elapsed() + 100
        calls.push({ ...send(String(calls.length), { signal: gone.signal, deadline }, step === 'upload' ? new Readable() : null), gone })
      } else if ('pause' in step) clock.advance(step.pause)
      else if ('abort' in step) calls[step.abort % Math.max(1, calls.length)]?.gone.abort(new SluiceError('CLIENT_GONE', 'Left.'))
      else {
        const path = pick('answer' in step ? step.answer : step.fail)
        if (path === undefined) continue
        under.add(path)
        if ('answer' in step) answer(path)
        else sent.get(path)!.fail({ error: reset, reached: 'sent' })
      }
      const ordered = order.every((path, index) => index === 0 || Number(order[index - 1]) < Number(path))
      if (limiter.working > bounds.max || limiter.waiting > bounds.queue || !ordered) return false
      if (limiter.waiting > 0 && limiter.working < bounds.max) return false
    }
    clock.advance(100)
    return limiter.waiting === 0 && calls.every(({ events }) => events.length <= 1)
  }))
})
