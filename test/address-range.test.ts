import t from 'tap'
import fc from 'fast-check'
import { compileRanges, isRange } from '../src/address-range.ts'

t.test('an IPv4 address is in the same ranges, however it is written', async () => {
  fc.assert(fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), (network, address, bits) => {
    const hex = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'))
    const spellings = [address, `::ffff:${address}`, `0:0:0:0:0:FFFF:${hex[0]}${hex[1]}:${hex[2]}${hex[3]}`]
    const answers = [`${network}/${bits}`, `::ffff:${network}/${bits + 96}`].flatMap((range) => {
      return spellings.map(compileRanges([range]))
    })
    if (new Set(answers).size !== 1) throw new Error(`${address} in ${network}/${bits}: ${answers.join()}`)
  }))
})

t.test('ranges of one kind say nothing of the other', async (t) => {
  t.notOk(compileRanges(['0.0.0.0/0'])('2001:db8::1'))
  t.notOk(compileRanges(['::/0'])('192.0.2.1'))
  t.notOk(compileRanges(['::/0'])('::ffff:192.0.2.1'))
  t.ok(compileRanges(['::/0'])('::1'))
})

t.test('anything that is a range compiles, and nothing else', async () => {
  const text = fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: -1, max: 140 })).map(([address, bits]) => `${address}/${bits}`))
  fc.assert(fc.property(text, text, (range, address) => {
    if (isRange(range)) compileRanges([range])(address)
    else {
      let thrown = false
      try {
        compileRanges([range])
      } catch {
        thrown = true
      }
      if (!thrown) throw new Error(range)
    }
  }))
})
