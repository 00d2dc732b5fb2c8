import t from 'tap'
import type { Clock } from '../src/clock.ts'
import { ProcessLoad } from '../src/load.ts'
import { TestClock } from './clock.ts'

/** A clock whose timers come when the test lets them, so late as it says. */
function lateClock() {
  let now = 0
  let due: { at: number; task: () => void } | undefined
  const clock: Clock = {
    now: () => now,
    elapsed: () => now,
    after(ms, task) {
      const timer = { at: now + ms, task }
      due = timer
      return () => void (due = due === timer ? undefined : due)
    },
  }
  const fire = (...delays: number[]) => {
    for (const late of delays) {
      const timer = due
      if (timer === undefined) throw new Error('no timer is set')
      now = timer.at + late
      timer.task()
    }
  }
  return { clock, fire }
}

t.test('the delay is how late timers come, smoothed', async (t) => {
  const { clock, fire } = lateClock()
  const load = new ProcessLoad(clock)
  t.equal(load.delay, 0)
  fire(200, 200)
  t.ok(load.delay > 0 && load.delay < 100)
  fire(...Array<number>(20).fill(200))
  t.ok(load.delay > 195 && load.delay <= 200, `${load.delay}`)
  fire(0, 0)
  t.ok(load.delay > 100)
  fire(...Array<number>(20).fill(0))
  t.ok(load.delay < 5, `${load.delay}`)
})

t.test('a single pause is no overload, however long', async (t) => {
  const { clock, fire } = lateClock()
  const load = new ProcessLoad(clock)
  for (let pause = 0; pause < 5; pause++) fire(1, 60_000, 1, 1)
  t.ok(load.delay <= 1, `${load.delay}`)
})

t.test('exchanges are counted, each once', async (t) => {
  const load = new ProcessLoad(new TestClock())
  const [first, second] = [load.begin(), load.begin()]
  t.equal(load.inFlight, 2)
  first()
  first()
  t.equal(load.inFlight, 1)
  second()
  t.equal(load.inFlight, 0)
})

t.test('one that is closed measures no more', async (t) => {
  const clock = new TestClock()
  const load = new ProcessLoad(clock)
  clock.advance(1000)
  t.equal(clock.waiting, 1)
  t.equal(load.delay, 0)
  load.close()
  t.equal(clock.waiting, 0)
})
