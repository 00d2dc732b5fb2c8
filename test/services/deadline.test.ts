import { Readable } from 'node:stream'
import t from 'tap'
import { SluiceError } from '../../src/errors.ts'
import { anonymous } from '../../src/identity.ts'
import { withDeadline } from '../../src/services/deadline.ts'
import type { Call, CallContext, CallFailure, Flow, Sink } from '../../src/services/service.ts'
import { TestClock } from '../clock.ts'

const call = { method: 'GET', path: '/', headers: {}, body: null }
const flow: Flow = { pause: () => undefined, resume: () => undefined }

function context(more: Partial<CallContext> = {}): CallContext {
  const client = { address: '127.0.0.1', host: 'h', scheme: 'http' } as const
  return { requestId: 'r', identity: anonymous, client, credentials: {}, deadline: Infinity, signal: new AbortController().signal, ...more }
}

/** A transport that fails when its signal aborts, as real ones do, and otherwise does what the test says. */
function start(clock: TestClock, more: Partial<CallContext> = {}, body: Call['body'] = null) {
  const events: string[] = []
  let transport: { sink: Sink } | undefined
  let passed = flow
  const dispatch = withDeadline((_call, inner, sink) => {
    transport = { sink }
    const fail = () => sink.fail({ error: inner.signal.reason as SluiceError, reached: 'sent' })
    if (inner.signal.aborted) fail()
    else inner.signal.addEventListener('abort', fail)
  }, { attempt: 1000, total: 3000, idle: 500 }, clock)
  dispatch({ ...call, body }, context(more), {
    head: (_head, given) => {
      passed = given
      events.push('head')
    },
    data: () => events.push('data'),
    end: () => events.push('end'),
    fail: ({ error }: CallFailure) => events.push(error.code),
  })
  return { events, sink: transport!.sink, flow: () => passed }
}

t.test('a head that is late ends the call, and nothing before', async (t) => {
  const clock = new TestClock()
  const { events } = start(clock)
  clock.advance(999)
  t.same(events, [])
  clock.advance(1)
  t.same(events, ['SERVICE_TIMEOUT'])
})

t.test("the exchange's own deadline is kept when it is nearer", async (t) => {
  const clock = new TestClock()
  const { events } = start(clock, { deadline: clock.now() + 100 })
  clock.advance(100)
  t.same(events, ['SERVICE_TIMEOUT'])
})

t.test('an upload may last, but not stand still; the time for the head begins when it is sent', async (t) => {
  const clock = new TestClock()
  const { events, sink } = start(clock, {}, new Readable())
  for (let chunk = 0; chunk < 20; chunk++) {
    clock.advance(499)
    sink.sent?.(false)
  }
  sink.sent?.(true)
  clock.advance(999)
  t.same(events, [])
  clock.advance(1)
  t.same(events, ['SERVICE_TIMEOUT'])
  const still = start(clock, {}, new Readable())
  clock.advance(500)
  t.same(still.events, ['SERVICE_TIMEOUT'])
})

t.test('a call without a streamed body gains no time when it is sent', async (t) => {
  const clock = new TestClock()
  const { events, sink } = start(clock)
  clock.advance(600)
  sink.sent?.(true)
  clock.advance(400)
  t.same(events, ['SERVICE_TIMEOUT'])
})

t.test('an answer that comes before the whole request was sent is awaited as a body', async (t) => {
  const clock = new TestClock()
  const { events, sink } = start(clock, {}, new Readable())
  sink.head({ status: 413, headers: {} }, flow)
  sink.sent?.(true)
  sink.data(Buffer.from('x'))
  clock.advance(499)
  sink.end()
  t.same(events, ['head', 'data', 'end'])
  t.equal(clock.waiting, 0)
})

t.test('a body may last, but not fall silent', async (t) => {
  const clock = new TestClock()
  const { events, sink } = start(clock)
  sink.head({ status: 200, headers: {} }, flow)
  for (let chunk = 0; chunk < 20; chunk++) {
    clock.advance(499)
    sink.data(Buffer.from('x'))
  }
  t.notOk(events.includes('SERVICE_TIMEOUT'))
  clock.advance(500)
  t.equal(events.at(-1), 'SERVICE_TIMEOUT')
})

t.test('a client that reads slowly is no silence of the service', async (t) => {
  const clock = new TestClock()
  const started = start(clock)
  started.sink.head({ status: 200, headers: {} }, flow)
  started.flow().pause()
  started.sink.data(Buffer.from('already under way'))
  clock.advance(60_000)
  t.same(started.events, ['head', 'data'])
  started.flow().resume()
  clock.advance(500)
  t.equal(started.events.at(-1), 'SERVICE_TIMEOUT')
})

t.test('an ended call leaves no timer, whatever ended it', async (t) => {
  const clock = new TestClock()
  const done = start(clock)
  done.sink.head({ status: 200, headers: {} }, flow)
  done.sink.end()
  t.equal(clock.waiting, 0)
  const gone = new AbortController()
  const left = start(clock, { signal: gone.signal })
  gone.abort(new SluiceError('CLIENT_GONE', 'Left.'))
  t.same(left.events, ['CLIENT_GONE'])
  t.equal(clock.waiting, 0)
})

t.test('a client that catches up after the end of the answer starts nothing', async (t) => {
  const clock = new TestClock()
  const started = start(clock)
  started.sink.head({ status: 200, headers: {} }, flow)
  started.flow().pause()
  started.sink.end()
  started.flow().resume()
  t.equal(clock.waiting, 0)
})

t.test('a client that had left already makes no call that lasts', async (t) => {
  const clock = new TestClock()
  const { events } = start(clock, { signal: AbortSignal.abort(new SluiceError('CLIENT_GONE', 'Left.')) })
  t.same(events, ['CLIENT_GONE'])
  t.equal(clock.waiting, 0)
})
