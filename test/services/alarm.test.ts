import fc from 'fast-check'
import t from 'tap'
import { Alarm } from '../../src/services/alarm.ts'
import { TestClock } from '../clock.ts'

const step = fc.oneof(
  fc.record({ do: fc.constant('set' as const), ms: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.constant(Infinity)) }),
  fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 40 }) }),
  fc.record({ do: fc.constantFrom('pause' as const, 'clear' as const), ms: fc.constant(0) }),
)

t.test('it rings when the last wait ends, and only then, with one timer at most', async () => {
  fc.assert(fc.property(fc.array(step, { size: 'max', maxLength: 40 }), (steps) => {
    const clock = new TestClock(0)
    const rung: number[] = []
    const alarm = new Alarm(clock, () => rung.push(clock.elapsed()))
    const expected: number[] = []
    let due = Infinity
    for (const { do: act, ms } of steps) {
      if (act === 'set') due = clock.elapsed() + ms
      if (act === 'pause' || act === 'clear') due = Infinity
      if (act === 'set') alarm.set(ms)
      else if (act === 'advance') clock.advance(ms)
      else alarm[act]()
      if (act === 'advance' && due <= clock.elapsed()) {
        expected.push(due)
        due = Infinity
      }
      if (clock.waiting > 1) return false
      if (act === 'clear' && clock.waiting > 0) return false
    }
    return JSON.stringify(rung) === JSON.stringify(expected)
  }), { numRuns: 500 })
})

t.test('a wait that ends later sets no timer', async (t) => {
  const clock = new TestClock()
  let set = 0
  const counting = { now: () => clock.now(), elapsed: () => clock.elapsed(), after: (ms: number, task: () => void) => (set++, clock.after(ms, task)) }
  const alarm = new Alarm(counting, () => undefined)
  for (let piece = 0; piece < 100; piece++) {
    alarm.set(1000)
    clock.advance(1)
  }
  t.equal(set, 1)
})
