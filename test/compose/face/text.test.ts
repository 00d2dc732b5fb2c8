import { buildSchema, coerceInputValue, isInputType } from 'graphql'
import fc from 'fast-check'
import t from 'tap'
import { readText } from '../../../src/compose/face/text.ts'
import { attachScalars } from '../../../src/compose/scalars.ts'

const schema = buildSchema('scalar PositiveInt scalar DateTime scalar Anything enum Kind { red blue } type Query { x(f: Float, b: Boolean, i: ID, k: Kind, p: PositiveInt, d: DateTime, a: Anything): Int }')
attachScalars(schema)

function typeOf(name: string) {
  const type = schema.getType(name)
  if (!isInputType(type)) throw new Error(`there is no input type ${name}`)
  return type
}

function fits(name: string, text: string): boolean {
  let sound = true
  coerceInputValue(readText(text, typeOf(name)), typeOf(name), () => (sound = false))
  return sound
}

t.test('numbers are read back as they are written', async () => {
  fc.assert(fc.property(fc.integer(), (number) => readText(String(number), typeOf('Int')) === number))
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => readText(String(number), typeOf('Float')) === number))
})

t.test('text that is no number stays text, which its type refuses', async () => {
  fc.assert(fc.property(fc.string(), (text) => fits('Int', text) === (/^-?\d+$/.test(text) && Math.abs(Number(text) + 0.5) <= 2 ** 31)))
  fc.assert(fc.property(fc.string(), (text) => fits('Boolean', text) === (text === 'true' || text === 'false')))
  fc.assert(fc.property(fc.string(), (text) => readText(text, typeOf('ID')) === text && readText(text, typeOf('Anything')) === text))
})

t.test('other types', async (t) => {
  t.equal(readText('20', typeOf('PositiveInt')), 20)
  t.notOk(fits('PositiveInt', '-1'))
  t.ok(fits('DateTime', '2026-01-02T03:04:05Z'))
  t.notOk(fits('DateTime', 'tomorrow'))
  t.ok(fits('Kind', 'red'))
  t.notOk(fits('Kind', 'green'))
  for (const text of ['', ' 1', '1 ', '0x10', '1e3', '+1', '1_000', 'NaN', '99999999999999999999']) t.notOk(fits('Int', text), JSON.stringify(text))
  for (const text of ['', 'Infinity', '1e999', '.5', '5.']) t.notOk(fits('Float', text), JSON.stringify(text))
})
