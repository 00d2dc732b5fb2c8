import t from 'tap'
import { compose, limits, type Said } from '../fixture.ts'

const sdl = `
  type Query {
    thing: Thing @rest(service: "shop", get: "/thing")
    some: [Some] @list(max: 5) @rest(service: "shop", get: "/some")
    things(ids: [ID!]!, lang: String): [Thing] @rest(service: "shop", get: "/things{?ids*,lang}") @batch(arg: "ids", key: "id", max: 2)
  }
  union Some = Thing | Other
  type Other { name: String }
  type Thing @entity(key: "id", query: "things") {
    id: ID!  must: String!  nextId: ID @internal  lang: String @internal
    next: Thing @lookup(key: "{parent.nextId}")
    nextMust: Thing! @lookup(key: "{parent.nextId}")
    inner: Thing
    picked(ids: [ID!]!): [Thing] @list(max: 4) @resolve(query: "things", args: { ids: "{ids}" })
    translated(ids: [ID!]!): [Thing] @list(max: 4) @resolve(query: "things", args: { ids: "{ids}", lang: "{parent.lang}" })
  }
`

function composed(answers: Record<string, Said>, calls = limits.calls) {
  return compose(sdl, ({ path }) => answers[path] ?? { json: [] }, { operations: { ...limits, calls } })
}

t.test('fragments on object types count, for what is found and for what is within it', async (t) => {
  const { ask } = composed({
    '/thing': { json: { id: 1, nextId: 2, inner: { id: 3 } } }, '/things?ids=2': { json: [{ id: 2 }] },
    '/some': { json: [{ __typename: 'Thing', id: 4 }, { __typename: 'Other', name: 'x' }] },
  })
  const { data, errors } = await ask(`
    { thing { ...T next { ...T } inner { ... on Thing { id } } } some { ...T ... on Other { name } } }
    fragment T on Thing { id }
  `)
  t.equal(errors, undefined)
  t.strictSame(data, { thing: { id: '1', next: { id: '2' }, inner: { id: '3' } }, some: [{ id: '4' }, { name: 'x' }] })
})

t.test('null decides nothing for @include, even where the operation is known with false', async (t) => {
  const { ask } = composed({ '/thing': { json: { id: 1 } } })
  const query = 'query($with: Boolean = true) { thing { id inner @include(if: $with) { id } } }'
  t.strictSame((await ask(query, { variables: { with: false } })).data, { thing: { id: '1' } })
  t.match(await ask(query, { variables: { with: null } }), { data: undefined, errors: [{ message: /"if" .* must not be null/ }] })
})

t.test('an object that null takes the place of asks for nothing, and tells why it is null and no more', async (t) => {
  const { ask, paths, logged } = composed({ '/thing': { json: { id: 1, nextId: 2 } } })
  const { data, errors } = await ask('{ thing { next { id } nextMust { id } must } }')
  t.strictSame([data, paths(), logged], [{ thing: null }, ['shop GET /thing'], []])
  t.strictSame(errors?.map(({ path, extensions: { code } }) => [path, code]), [[['thing', 'must'], 'SERVICE_ANSWER_INVALID']])
})

t.test('a field whose arguments do not fit fails alone: it calls nothing, however long its list could be', async (t) => {
  const { ask } = composed({ '/thing': { json: { id: 1 } } })
  const query = `query($ids: [ID!] = []) {
    thing { id picked(ids: $ids) { next { id } } }
    none: things(ids: []) { picked(ids: $ids) { next { id } } }
  }`
  const { data, errors } = await ask(query, { variables: { ids: null } })
  t.strictSame(data, { thing: { id: '1', picked: null }, none: [] })
  t.match(errors, [{ path: ['thing', 'picked'] }])
})

t.test('keys that the client gives are one call for all rows, unless what else is asked depends on the row', async (t) => {
  const json = [1, 2, 3, 4, 5].map((id) => ({ __typename: 'Thing', id, lang: `l${id}` }))
  const ask = (field: string, calls: number) => {
    return composed({ '/some': { json } }, calls).ask(`{ some { ... on Thing { ${field}(ids: [7, 8, 9]) { id } } } }`)
  }
  t.equal((await ask('picked', 3)).errors, undefined)
  t.match(await ask('translated', 10), { errors: [{ message: /up to 11 calls/, extensions: { code: 'OPERATION_TOO_LARGE' } }] })
  t.equal((await ask('translated', 11)).errors, undefined)
})
