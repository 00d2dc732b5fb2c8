import fc from 'fast-check'
import { GraphQLError, isScalarType, type GraphQLNamedType } from 'graphql'
import t, { type Test } from 'tap'
import { knownScalar } from '../../src/compose/scalars.ts'
import { compose } from './fixture.ts'

const names = ['PhoneNumber', 'DID', 'HSL', 'HSLA', 'RGBA', 'DateTime']
const sdl = `
  ${names.map((name) => `scalar ${name}`).join('\n')}
  type Query { ${names.map((name) => `get${name}: ${name} @rest(service: "shop", get: "/")
    give${name}(value: ${name}): String @rest(service: "shop", get: "/{?value}")`).join('\n    ')} }
`

/** The errors of a value that a service gives, or that a client gives as a literal or as a variable. */
async function errorsOf(t: Test, name: string, value: unknown) {
  const { ask, logged } = compose(sdl, ({ path }) => ({ text: path === '/' ? JSON.stringify(value) : '"x"' }))
  const asked = [
    await ask(`{ get${name} }`),
    await ask(`{ give${name}(value: ${JSON.stringify(value)}) }`),
    await ask(`query ($value: ${name}) { give${name}(value: $value) }`, { variables: { value } }),
  ]
  t.strictSame(logged, [])
  return asked.map(({ errors }) => errors?.[0]?.extensions['code'])
}

const invalid = ['SERVICE_ANSWER_INVALID', 'GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_VALIDATION_FAILED']
const passes = [undefined, undefined, undefined]

const digits = '1'.repeat(10_000)
const slow: Record<string, unknown> = {
  PhoneNumber: `${digits.slice(0, 60)}!`, DID: `did:a:${'a'.repeat(10_000)} `,
  HSL: `hsl(${digits.repeat(20)}`, HSLA: `hsla(${digits.repeat(20)}`, RGBA: `rgba(1,1,1,${digits.repeat(20)}`,
}

for (const [name, value] of Object.entries(slow)) {
  t.test(`a ${name} that a pattern could go back over for ever is refused at once`, async (t) => {
    t.strictSame(await errorsOf(t, name, value), invalid)
    t.strictSame(await errorsOf(t, name, [value]), invalid)
  })
}

const good: Record<string, string> = {
  PhoneNumber: '+1 (123) 456-7890', DID: 'did:example:123:4', HSL: 'hsl(270, 60%, 70%)', HSLA: 'hsla(240, 100%, 50%, .05)', RGBA: 'rgba(51, 170, 51, .4)',
}

for (const [name, value] of Object.entries(good)) {
  t.test(`${value} is a ${name}`, async (t) => {
    t.strictSame(await errorsOf(t, name, value), passes)
  })
}

/** Short texts, with which the library's own patterns can deal. */
const texts = {
  PhoneNumber: fc.string({ unit: fc.constantFrom('+', '1', '2', '3', '(', ')', '-', ' '), maxLength: 12 }),
  DID: fc.string({ unit: fc.constantFrom('a', ':', '%', '_', ' '), maxLength: 12 }).map((text) => `did:${text}`),
}

function accepts(type: GraphQLNamedType | undefined, value: string): boolean {
  try {
    if (!isScalarType(type)) throw new Error('there is no such scalar')
    type.parseValue(value)
    return true
  } catch (thrown) {
    if (thrown instanceof GraphQLError) return false
    throw thrown
  }
}

for (const [name, text] of Object.entries(texts)) {
  t.test(`a ${name} is what it is for the library`, (t) => {
    const type = compose(sdl, () => ({})).bound.schema.getType(name)
    fc.assert(fc.property(text, (value) => accepts(type, value) === accepts(knownScalar(name), value)), { numRuns: 2000 })
    t.end()
  })
}

t.test('a time that there can not be is what the service gave wrongly', async (t) => {
  const { ask, logged } = compose(sdl, () => ({ text: '1e999' }))
  t.match(await ask('{ getDateTime }'), { data: { getDateTime: null }, errors: [{ extensions: { code: 'SERVICE_ANSWER_INVALID' } }] })
  t.strictSame(logged, [])
})

for (const scalar of ['Mine', 'JSON']) {
  t.test(`what JSON lacks is no ${scalar}, whoever gives it`, async (t) => {
    const fields = ['infinite', 'bigint', 'symbol', 'code']
    const { ask } = compose(
      `scalar ${scalar}\n type Query { ok: ${scalar} @rest(service: "shop", get: "/ok") huge: ${scalar}! @rest(service: "shop", get: "/huge") ${fields.map((field) => `${field}: ${scalar}`).join(' ')} }`,
      ({ path }) => ({ text: path === '/huge' ? '1e999' : '{"a":[1]}' }),
      { code: { Query: { infinite: () => Infinity, bigint: () => 1n, symbol: () => Symbol('x'), code: () => () => 1 } } },
    )
    const wrong = (field: string) => ({ path: [field], extensions: { code: 'SERVICE_ANSWER_INVALID' } })
    const given = await ask(`{ ok ${fields.join(' ')} }`)
    t.same(given.data, { ok: { a: [1] }, infinite: null, bigint: null, symbol: null, code: null })
    t.match(given.errors, fields.map(wrong))
    t.match(await ask('{ huge }'), { data: null, errors: [wrong('huge')] })
  })
}
