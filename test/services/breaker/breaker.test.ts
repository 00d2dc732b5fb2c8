import t from 'tap'
import { openable } from './settings.ts'

t.test('a breaker opens when enough calls failed, and then refuses', async (t) => {
  const { breaker, changes, make } = openable()
  make('good', 'failed', 'good')
  t.equal(breaker.state, 'closed')
  make('failed')
  t.equal(breaker.state, 'open')
  t.equal(breaker.enter(), null)
  t.equal(breaker.retryAfterMs, 5000)
  t.same(changes, ['open'])
})

t.test('it stays closed below the minimum, and below the share', async (t) => {
  const [few, most] = [openable(), openable({ failures: 0.6 })]
  few.make('failed', 'failed', 'failed')
  most.make('good', 'good', 'good', 'failed', 'failed', 'failed', 'failed')
  for (const { breaker } of [few, most]) {
    t.equal(breaker.state, 'closed')
    t.equal(breaker.retryAfterMs, 0)
  }
  most.make('failed')
  t.equal(most.breaker.state, 'open')
})

t.test('a success may be the call that makes the minimum', async (t) => {
  const { breaker, make } = openable()
  make('failed', 'failed', 'failed', 'good')
  t.equal(breaker.state, 'open')
})

t.test('failures count for as long as the window', async (t) => {
  const { breaker, clock, make } = openable()
  make('failed', 'failed', 'failed')
  clock.advance(10_000)
  make('failed', 'good', 'good', 'good')
  t.equal(breaker.state, 'closed')
})

t.test('without any failure it stays closed, whatever the share', async (t) => {
  const { breaker, make } = openable({ failures: 0 })
  make('good', 'good', 'good', 'good')
  t.equal(breaker.state, 'closed')
  make('failed')
  t.equal(breaker.state, 'open')
})

t.test('calls given up say nothing', async (t) => {
  const { breaker, make } = openable()
  make('failed', 'failed', 'failed', 'cancelled', 'cancelled')
  t.equal(breaker.state, 'closed')
})

t.test('only the first word on a call counts', async (t) => {
  const { breaker, enter } = openable()
  const permit = enter()
  permit.succeed(1)
  permit.fail()
  permit.fail()
  permit.cancel()
  permit.fail()
  t.equal(breaker.state, 'closed')
})

t.test('it opens for slow calls where it is told what is slow', async (t) => {
  const slow = { over: 1000, share: 0.75 }
  const [with_, without] = [openable({ slow }), openable()]
  with_.make('slow', 'slow', 'good', 'slow')
  without.make('slow', 'slow', 'slow', 'slow')
  t.equal(with_.breaker.state, 'open')
  t.equal(without.breaker.state, 'closed')
})

t.test('failed calls are not slow, and slow ones have not failed', async (t) => {
  const { breaker, make } = openable({ slow: { over: 1000, share: 0.5 } })
  make('slow', 'failed', 'good', 'good', 'good', 'slow', 'failed')
  t.equal(breaker.state, 'closed')
})

t.test('after a while it lets some calls through on trial, and closes when all succeed', async (t) => {
  const { breaker, clock, changes, enter, make } = openable()
  make('failed', 'failed', 'failed', 'failed')
  clock.advance(4999)
  t.equal(breaker.state, 'open')
  t.equal(breaker.retryAfterMs, 1)
  clock.advance(1)
  t.equal(breaker.retryAfterMs, 0)
  t.equal(breaker.state, 'half-open')
  const [one, other] = [enter(), enter()]
  t.equal(breaker.enter(), null)
  one.succeed(1)
  t.equal(breaker.enter(), null, 'a trial that succeeded keeps its place')
  other.succeed(1)
  t.equal(breaker.state, 'closed')
  t.same(changes, ['open', 'half-open', 'closed'])
})

t.test('after it closed, what was before is forgotten', async (t) => {
  const { breaker, clock, make } = openable({ openFor: 10 })
  make('failed', 'failed', 'failed', 'failed')
  clock.advance(10)
  make('good', 'good', 'failed', 'failed', 'failed')
  t.equal(breaker.state, 'closed')
  make('good')
  t.equal(breaker.state, 'open')
})

t.test('one failed trial opens it again, for the whole time', async (t) => {
  const { breaker, clock, changes, make } = openable()
  make('failed', 'failed', 'failed', 'failed')
  clock.advance(60_000)
  make('good', 'failed')
  t.equal(breaker.state, 'open')
  t.equal(breaker.retryAfterMs, 5000)
  t.same(changes, ['open', 'half-open', 'open'])
})

t.test('a slow trial opens it again where slow calls count', async (t) => {
  const slow = { over: 1000, share: 1 }
  for (const [settings, expected] of [[{ slow }, 'open'], [{}, 'half-open']] as const) {
    const { breaker, clock, make } = openable(settings)
    make('failed', 'failed', 'failed', 'failed')
    clock.advance(5000)
    make('slow')
    t.equal(breaker.state, expected)
  }
})

t.test('a trial given up frees its place', async (t) => {
  const { breaker, clock, enter, make } = openable()
  make('failed', 'failed', 'failed', 'failed')
  clock.advance(5000)
  make('cancelled', 'cancelled', 'cancelled', 'good')
  const last = enter()
  t.equal(breaker.enter(), null)
  last.cancel()
  make('good')
  t.equal(breaker.state, 'closed')
})

t.test('how calls of an earlier state end does not matter', async (t) => {
  const { breaker, clock, enter, make } = openable({ trials: 1 })
  const [early, late, latest] = [enter(), enter(), enter()]
  make('failed', 'failed', 'failed', 'failed')
  early.succeed(1)
  t.equal(breaker.state, 'open')
  clock.advance(5000)
  t.equal(breaker.state, 'half-open')
  late.fail()
  t.equal(breaker.state, 'half-open')
  make('good', 'failed', 'failed', 'failed')
  latest.fail()
  t.equal(breaker.state, 'closed', 'nor those of the time that it was last closed')
  make('failed')
  t.equal(breaker.state, 'open')
})

t.test('trials that never end are replaced in time', async (t) => {
  const { breaker, clock, enter, make } = openable()
  make('failed', 'failed', 'failed', 'failed')
  clock.advance(5000)
  const [lost] = [enter(), enter()]
  clock.advance(4999)
  t.equal(breaker.enter(), null)
  t.equal(breaker.retryAfterMs, 1)
  clock.advance(1)
  make('good')
  const last = enter()
  lost.cancel()
  t.equal(breaker.enter(), null, 'a place that was given up is not freed twice')
  last.succeed(1)
  t.equal(breaker.state, 'closed')
})

t.test('trials that take longer than that count all the same', async (t) => {
  const { breaker, clock, enter, make } = openable()
  make('failed', 'failed', 'failed', 'failed')
  clock.advance(5000)
  const [one, other] = [enter(), enter()]
  clock.advance(5000)
  const [third, fourth] = [enter(), enter()]
  one.succeed(1)
  t.equal(breaker.state, 'half-open')
  other.succeed(1)
  t.equal(breaker.state, 'closed')
  third.fail()
  fourth.fail()
  make('failed', 'failed')
  t.equal(breaker.state, 'closed')
})

t.test('in shadow it lets all through, and says which it would not have', async (t) => {
  const { breaker, clock, changes, enter, make } = openable({ mode: 'shadow' })
  t.equal(enter().refused, false)
  make('failed', 'failed', 'failed', 'failed')
  t.equal(breaker.state, 'open')
  t.equal(enter().refused, true)
  t.equal(breaker.retryAfterMs, 5000)
  clock.advance(5000)
  const trials = [enter(), enter(), enter()]
  t.same(trials.map(({ refused }) => refused), [false, false, true])
  trials[2]?.fail()
  t.equal(breaker.state, 'half-open', 'a call that would not have been made decides nothing')
  trials[0]?.succeed(1)
  trials[1]?.succeed(1)
  t.same(changes, ['open', 'half-open', 'closed'])
})

t.test('whoever hears of a change sees it made', async (t) => {
  const { breaker, clock, changes, make } = openable()
  const seen: string[] = []
  changes.push = (...states) => seen.push(...states, breaker.state)
  make('failed', 'failed', 'failed', 'failed')
  clock.advance(5000)
  make('good', 'good')
  t.same(seen, ['open', 'open', 'half-open', 'half-open', 'closed', 'closed'])
})
