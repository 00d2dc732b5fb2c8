import t from 'tap'
import { compose } from './fixture.ts'

const sdl = `
  scalar JSON
  scalar Loose
  scalar DateTime
  scalar BigInt
  type Query { given: JSON  listed: [JSON] @list(max: 9)  thing: Thing  things: [Thing] @list(max: 9)  name: String  at: DateTime  big: BigInt  plain: Int }
  type Thing { loose: Loose  must: Loose!  below: Int }
`

function asked(query: string, given: Record<string, unknown>) {
  const fields = ['given', 'listed', 'thing', 'things', 'name', 'at', 'big']
  const resolvers = Object.fromEntries(fields.map((field) => [field, () => given[field] ?? null]))
  return compose(sdl, () => ({}), { code: { Query: { ...resolvers, plain: () => 1 }, Thing: { below: () => 2 } } }).ask(query)
}

const circular: Record<string, unknown> = {}
circular['self'] = circular

const formless: Record<string, unknown> = {
  'a BigInt in an object': { a: [{ big: 1n }] },
  'a BigInt in a list': [1n],
  'an object in itself': circular,
  'an object that fails': { toJSON: () => { throw new Error('secret') } },
  'an object that is nothing': { toJSON: () => undefined },
}

for (const [name, value] of Object.entries(formless)) {
  t.test(`a value without a JSON form is an error of its own field: ${name}`, async (t) => {
    const { status, data, errors } = await asked('{ given plain listed thing { loose below } }', { given: value, listed: [1, value, { ok: 1 }], thing: { loose: value } })
    t.equal(status, 200)
    t.same(data, { given: null, plain: 1, listed: [1, null, { ok: 1 }], thing: { loose: null, below: 2 } })
    t.match(errors, [
      { path: ['given'], message: 'What code gave for Query.given has no JSON form.', extensions: { code: 'SERVICE_ANSWER_INVALID' } },
      { path: ['listed', 1], message: 'What code gave for Query.listed has no JSON form.', extensions: { code: 'SERVICE_ANSWER_INVALID' } },
      { path: ['thing', 'loose'], message: 'What code gave for Thing.loose has no JSON form.', extensions: { code: 'SERVICE_ANSWER_INVALID' } },
    ])
    t.notMatch(JSON.stringify(errors), /secret/)
  })
}

t.test('null travels up from it to what may be null', async (t) => {
  const { data, errors } = await asked('{ things { must } plain }', { things: [{ must: { ok: 1n } }, { must: { ok: 1 } }] })
  t.same(data, { things: [null, { must: { ok: 1 } }], plain: 1 })
  t.match(errors, [{ path: ['things', 0, 'must'], extensions: { code: 'SERVICE_ANSWER_INVALID' } }])
})

t.test('what has a form is written as it is', async (t) => {
  const at = new Date(Date.UTC(2026, 0, 2))
  const { data, errors } = await asked('{ given listed at big name }', { given: { a: [1, { b: 'x' }], at }, listed: [[], 'x'], at, big: 12n, name: 'n' })
  t.equal(errors, undefined)
  t.same(data, { given: { a: [1, { b: 'x' }], at: at.toJSON() }, listed: [[], 'x'], at: at.toJSON(), big: 12, name: 'n' })
})
