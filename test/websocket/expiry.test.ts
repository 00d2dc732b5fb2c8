import t from 'tap'
import { whenPast } from '../../src/websocket/expiry.ts'
import { TestClock } from '../clock.ts'

const day = 86_400_000

/** When a task ran that was to run in so many ms, in ms from now. */
function ranAfter(ms: number | null, until: number): number[] {
  const clock = new TestClock()
  const start = clock.now()
  const ran: number[] = []
  whenPast(ms === null ? null : start + ms, clock, () => ran.push(clock.now() - start))
  clock.advance(until)
  return ran
}

t.test('a task runs once its time has come, also where that is farther than timers go', (t) => {
  for (const ms of [0, 1, 1000, 24 * day, 24 * day + 1, 100 * day]) {
    t.same(ranAfter(ms, ms === 0 ? 0 : ms - 1), ms === 0 ? [0] : [], `${ms} ms`)
    t.same(ranAfter(ms, ms), [ms])
    t.same(ranAfter(ms, 2 * ms + day), [ms])
  }
  t.same(ranAfter(-5, 0), [0], 'at once where it is past')
  t.same(ranAfter(null, 100 * day), [])
  t.same(ranAfter(Infinity, 100 * day), [])
  t.end()
})

t.test('no timer waits for longer than timers can, or is left when the task is taken back', (t) => {
  const clock = new TestClock()
  const waits: number[] = []
  const after = clock.after.bind(clock)
  clock.after = (ms, task) => {
    waits.push(ms)
    return after(ms, task)
  }
  const stop = whenPast(clock.now() + 100 * day, clock, () => t.fail('it was taken back'))
  clock.advance(60 * day)
  t.ok(waits.length > 1 && waits.every((ms) => ms < 2 ** 31))
  stop()
  t.equal(clock.waiting, 0)
  clock.advance(100 * day)
  t.end()
})
