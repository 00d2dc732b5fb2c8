import fc from 'fast-check'
import t from 'tap'
import { SlidingWindow } from '../../src/services/window.ts'

t.test('what happened counts until it is as old as the window is long', async (t) => {
  const window = new SlidingWindow({ ms: 1000 })
  window.add(5000)
  window.add(5550)
  t.equal(window.total(5550), 2)
  t.equal(window.total(5999), 2)
  t.equal(window.total(6000), 1)
  t.equal(window.total(6499), 1)
  t.equal(window.total(6500), 0)
})

t.test('each counter counts for itself', async (t) => {
  const window = new SlidingWindow({ ms: 100, counters: 3 })
  window.add(0, 1)
  window.add(10, 1)
  window.add(10, 2)
  t.same([0, 1, 2].map((counter) => window.total(99, counter)), [0, 2, 1])
  t.same([0, 1, 2].map((counter) => window.total(100, counter)), [0, 1, 1])
})

t.test('a time before the newest counts as the newest', async (t) => {
  const window = new SlidingWindow({ ms: 100 })
  window.add(150)
  window.add(20)
  t.equal(window.total(20), 2)
  t.equal(window.total(249), 2)
  t.equal(window.total(250), 0)
})

const shape = fc.record({
  ms: fc.integer({ min: 1, max: 500 }),
  buckets: fc.integer({ min: 1, max: 12 }),
  counters: fc.integer({ min: 1, max: 3 }),
})
const step = fc.record({
  pause: fc.oneof(fc.nat(40), fc.double({ min: 0, max: 5, noNaN: true }), fc.nat(2000)),
  counter: fc.nat(2),
})
const steps = fc.array(step, { maxLength: 80, size: 'max' })

t.test('a total holds all that is younger by a bucket than the window, and nothing as old', async () => {
  fc.assert(fc.property(shape, fc.nat(), steps, (shape, start, steps) => {
    const window = new SlidingWindow(shape)
    const added: { at: number; counter: number }[] = []
    let now = start
    return steps.every(({ pause, counter: any }) => {
      const counter = any % shape.counters
      now += pause
      window.add(now, counter)
      added.push({ at: now, counter })
      // Where buckets begin is as exact as the division is.
      const young = (ms: number) => added.filter((one) => one.counter === counter && now - one.at < ms).length
      const total = window.total(now, counter)
      const least = Math.max(1, young(shape.ms - shape.ms / shape.buckets - 1e-6))
      return total >= least && total <= young(shape.ms + 1e-6)
    })
  }))
})
