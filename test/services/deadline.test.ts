import { Readable } from 'node:stream'
import t from 'tap'
import { asSluiceError, SluiceError } from '../../src/errors.ts'
import { sendInTime, withTotal } from '../../src/services/deadline.ts'
import type { Call, CallContext, CallFailure, Flow, Sending, Sink } from '../../src/services/service.ts'
import { TestClock } from '../clock.ts'
import { callContext } from './context.ts'

const call: Call = { method: 'GET', path: '/', headers: {}, body: null }
const flow: Flow = { pause: () => undefined, resume: () => undefined, stop: () => undefined }
const limits = { connect: 200, attempt: 1000, total: 3000, idle: 500 }

/** A transport that fails when it is told to stop, as real ones do, and otherwise does what the test says. */
function start(clock: TestClock, more: Partial<CallContext> = {}, body: Call['body'] = null, connects = true) {
  const events: string[] = []
  let transport: { sink: Sink; call: Call } | undefined
  let passed = flow
  const client: Sink = {
    head: (_head, given) => {
      passed = given
      events.push('head')
    },
    data: () => events.push('data'),
    end: () => events.push('end'),
    fail: ({ error }: CallFailure) => events.push(error.code),
  }
  const send = (sent: Call, sink: Sink) => {
    transport = { sink, call: sent }
    if (connects) sink.begin?.()
    return { cancel: (reason: unknown) => sink.fail({ error: asSluiceError(reason), reached: 'sent' }) }
  }
  let sending: Sending | undefined
  withTotal((sent, inner, sink) => {
    sending = sendInTime(send, limits, clock, sent, inner, sink)
  }, limits.total, clock)({ ...call, body }, callContext(more), client)
  const { sink, call: sent } = transport ?? { sink: client, call }
  return { events, sink, call: sent, sent: transport !== undefined, flow: () => passed, cancel: (reason: SluiceError) => sending?.cancel(reason) }
}

t.test('a head that is late ends the call, and nothing before', async (t) => {
  const clock = new TestClock()
  const { events } = start(clock)
  clock.advance(999)
  t.same(events, [])
  clock.advance(1)
  t.same(events, ['SERVICE_TIMEOUT'])
})

t.test('a connection has its own time', async (t) => {
  const clock = new TestClock()
  const { events } = start(clock, {}, null, false)
  clock.advance(199)
  t.same(events, [])
  clock.advance(1)
  t.same(events, ['SERVICE_TIMEOUT'])
  const late = start(clock, {}, null, false)
  clock.advance(199)
  late.sink.begin?.()
  clock.advance(999)
  t.same(late.events, [], 'the answer is given its whole time once there is one')
})

t.test("the exchange's own deadline is kept when it is nearer, and the service is told", async (t) => {
  const clock = new TestClock()
  const { events, call: sent } = start(clock, { deadline: clock.elapsed() + 100 })
  t.equal(sent.within, 100)
  clock.advance(100)
  t.same(events, ['SERVICE_TIMEOUT'])
  t.equal(start(clock).call.within, 1000)
})

t.test('a route has its own times', async (t) => {
  const clock = new TestClock()
  const attempt = start(clock, { timeouts: { attempt: 50 } })
  const total = start(clock, { timeouts: { total: 60 } })
  const connect = start(clock, { timeouts: { connect: 70 } }, null, false)
  clock.advance(50)
  t.same([attempt.events, total.events, connect.events], [['SERVICE_TIMEOUT'], [], []])
  clock.advance(10)
  t.same(total.events, ['SERVICE_TIMEOUT'])
  clock.advance(10)
  t.same(connect.events, ['SERVICE_TIMEOUT'])
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

t.test('who holds the call can end it, until it has ended', async (t) => {
  const clock = new TestClock()
  const { events, cancel } = start(clock)
  cancel(new SluiceError('CLIENT_GONE', 'x'))
  t.same(events, ['CLIENT_GONE'])
  const done = start(clock)
  done.sink.head({ status: 200, headers: {} }, flow)
  done.sink.end()
  done.cancel(new SluiceError('CLIENT_GONE', 'x'))
  t.same(done.events, ['head', 'end'])
  t.equal(clock.waiting, 0, 'and no timer is left')
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

t.test('a client that has enough ends the call', async (t) => {
  const clock = new TestClock()
  const { events, sink, flow: passed } = start(clock)
  sink.head({ status: 200, headers: {} }, flow)
  passed().stop(new SluiceError('CLIENT_GONE', 'x'))
  t.same(events, ['head', 'CLIENT_GONE'])
  t.equal(clock.waiting, 0)
})

t.test('a client that had left already makes no call', async (t) => {
  const clock = new TestClock()
  const { events, sent } = start(clock, { signal: AbortSignal.abort(new SluiceError('CLIENT_GONE', 'Left.')) })
  t.same(events, ['CLIENT_GONE'])
  t.notOk(sent)
  t.equal(clock.waiting, 0)
})
