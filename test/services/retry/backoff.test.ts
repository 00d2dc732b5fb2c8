import fc from 'fast-check'
import t from 'tap'
import { backoffMs } from '../../../src/services/retry/backoff.ts'

t.test('the longest wait doubles with each retry, up to a bound', async (t) => {
  const longest = [1, 2, 3, 4, 5, 6].map((retry) => backoffMs(retry, { from: 25, to: 250 }, () => 1))
  t.same(longest, [25, 50, 100, 200, 250, 250])
  t.equal(backoffMs(1, { from: 500, to: 250 }, () => 1), 250)
})

const settings = fc.record({ from: fc.nat(10_000), to: fc.nat(10_000) })
const retries = fc.integer({ min: 1, max: 60 })

t.test('a wait is drawn evenly from all up to the longest', async () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(fc.property(retries, settings, random, random, (retry, settings, first, second) => {
    const wait = (value: number) => backoffMs(retry, settings, () => value)
    const [one, apart] = [wait(first), wait(second) - wait(first)]
    const longest = Math.min(settings.to, settings.from * 2 ** (retry - 1))
    return one >= 0 && one <= longest && Math.abs(apart - (second - first) * longest) <= longest * 1e-12
  }))
})

t.test('the range is reached from end to end', async () => {
  fc.assert(fc.property(retries, settings, (retry, settings) => {
    const longest = Math.min(settings.to, settings.from * 2 ** (retry - 1))
    const [least, most] = [0, 1 - Number.EPSILON].map((value) => backoffMs(retry, settings, () => value))
    return least === 0 && most !== undefined && most >= longest * (1 - 1e-12)
  }))
})
