import fc from 'fast-check'
import t from 'tap'
import { readQuantity } from '../../src/config/quantity.ts'
import { units } from '../../src/config/units.ts'

const parsed = (unit: keyof typeof units, written: unknown) => {
  const reading = readQuantity({ unit }, written)
  return 'value' in reading ? reading.value : reading.problem
}

t.test('quantities compile to numbers', async (t) => {
  t.equal(parsed('duration', '500ms'), 500)
  t.equal(parsed('duration', '1.5s'), 1500)
  t.equal(parsed('duration', '1.001s'), 1001)
  t.equal(parsed('duration', '0.5ms'), 0.5)
  t.equal(parsed('duration', '2min'), 120_000)
  t.equal(parsed('duration', '1h'), 3_600_000)
  t.equal(parsed('duration', '7d'), 604_800_000)
  t.equal(parsed('size', '64KiB'), 65_536)
  t.same(parsed('rate', '100/min'), { count: 100, periodMs: 60_000 })
  t.equal(parsed('share', '12.5%'), 0.125)
  t.equal(parsed('integer', '8080'), 8080)
  t.equal(parsed('integer', 8080), 8080)
})

t.test('what is no quantity is said to be none, with examples', async (t) => {
  for (const written of ['5 sec', '5', 's', '-5s', '1e3s', '5S', '', ' 5s', '5s\n', 5, null, true]) {
    t.equal(parsed('duration', written), 'is not a duration such as 500ms, 3s or 5min', JSON.stringify(written))
  }
  t.equal(parsed('size', '1MB'), 'is not a size such as 64KiB or 1MiB')
  t.equal(parsed('rate', '0/s'), 'is not a rate such as 100/min or 5/s')
  t.equal(parsed('rate', '5/ms'), 'is not a rate such as 100/min or 5/s')
  t.equal(parsed('share', '0.5'), 'is not a share such as 50%')
  t.equal(parsed('integer', 1.5), 'is not a whole number')
  t.equal(parsed('integer', Number.NaN), 'is not a whole number')
  t.equal(parsed('integer', '9'.repeat(400)), 'is not a whole number')
})

t.test('bounds are said in the unit', async (t) => {
  const bounds = { minimum: 1000, maximum: 86_400_000 }
  t.same(readQuantity({ unit: 'duration', bounds }, '1ms'), { problem: 'is less than 1s' })
  t.same(readQuantity({ unit: 'duration', bounds }, '2d'), { problem: 'is more than 1d' })
  t.same(readQuantity({ unit: 'size', bounds: { maximum: 1024 } }, '2KiB'), { problem: 'is more than 1KiB' })
  t.same(readQuantity({ unit: 'share', bounds: { maximum: 1 } }, '101%'), { problem: 'is more than 100%' })
  t.same(readQuantity({ unit: 'rate', bounds: { maximum: 5 } }, '6/s'), { problem: 'is more than 5' })
  t.same(readQuantity({ unit: 'integer' }, '9'.repeat(20)), { problem: `is more than ${Number.MAX_SAFE_INTEGER}` })
})

t.test('true and false, and numbers, may come as text', async (t) => {
  t.same(readQuantity({ unit: 'boolean' }, 'true'), { value: true })
  t.same(readQuantity({ unit: 'boolean' }, false), { value: false })
  t.same(readQuantity({ unit: 'boolean' }, 'yes'), { problem: 'is not true or false' })
  t.same(readQuantity({ unit: 'number' }, '-1.5'), { value: -1.5 })
  t.same(readQuantity({ unit: 'number' }, ''), { problem: 'is not a number' })
})

t.test('what is written out and read again is the same', async () => {
  const whole = fc.integer({ min: 0, max: 2 ** 40 })
  fc.assert(fc.property(whole, (ms) => parsed('duration', units.duration.format(ms)) === ms))
  fc.assert(fc.property(whole, (bytes) => parsed('size', units.size.format(bytes)) === bytes))
  fc.assert(fc.property(whole, (count) => parsed('integer', units.integer.format(count)) === count))
  fc.assert(fc.property(fc.integer({ min: 0, max: 100_000 }), (thousandths) => {
    return parsed('share', units.share.format(thousandths / 100_000)) === thousandths / 100_000
  }))
  const rates = fc.tuple(fc.integer({ min: 1, max: 1_000_000 }), fc.constantFrom('s', 'min', 'h', 'd')).map(([count, period]) => `${count}/${period}`)
  fc.assert(fc.property(rates, (written) => {
    const match = units.rate.pattern.exec(written)
    return match !== null && units.rate.format(units.rate.parse(match)) === written
  }))
})
