import fc from 'fast-check'
import t from 'tap'
import { hasLongNumber } from '../../src/compose/answer.ts'

t.test('sixteen digits in a row are found wherever they stand', (t) => {
  const part = fc.oneof(fc.stringMatching(/^[0-9]{1,40}$/), fc.string({ maxLength: 20 }), fc.constantFrom('', '-', '.', '"', 'é', '٣'))
  fc.assert(fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
    const text = parts.join('')
    return hasLongNumber(text) === /[0-9]{16}/.test(text)
  }), { numRuns: 2000 })
  t.end()
})
