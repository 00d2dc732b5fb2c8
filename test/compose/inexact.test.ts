import t from 'tap'
import { compose, limits } from './fixture.ts'

const sdl = 'type Query { rate(near: Float): String @public @rest(service: "shop", get: "/rate{?near}") }'

function ask(query: string) {
  const { ask, paths } = compose(sdl, () => ({ json: 'ok' }), { operations: { ...limits, calls: 2 } })
  return ask(query).then(({ errors }) => ({ codes: errors?.map(({ extensions }) => extensions['code']), paths: paths() }))
}

t.test('numbers that JSON writes as null are calls of their own, and counted before the first', async (t) => {
  const refused = { codes: ['OPERATION_TOO_LARGE'], paths: [] }
  t.same(await ask('{ a: rate(near: 1e999) b: rate(near: -1e999) c: rate(near: null) }'), refused)
  t.same(await ask('{ a: rate(near: 1) b: rate(near: 2) c: rate(near: null) }'), refused)
  t.same(await ask('{ a: rate(near: 1) b: rate(near: 1.0) c: rate(near: null) }'), { codes: undefined, paths: ['shop GET /rate?near=1', 'shop GET /rate'] })
})

t.test('keys with other such arguments are asked for by themselves', async (t) => {
  const batched = `type Query { things(ids: [ID!]!, w: Float): [Thing] @public @rest(service: "shop", get: "/things{?ids*,w}") @batch(arg: "ids", key: "id", max: 9) }
    type Thing { id: ID!  weight: String }`
  for (const extra of ['', ' __schema { queryType { name } }']) {
    const { ask } = compose(batched, ({ path }) => ({ json: [{ id: 1, weight: path }] }))
    const { data } = await ask(`{ a: things(ids: [1], w: 1e999) { weight } b: things(ids: [1], w: -1e999) { weight } c: things(ids: [1], w: null) { weight }${extra} }`)
    t.match(data, { a: [{ weight: '/things?ids=1&w=Infinity' }], b: [{ weight: '/things?ids=1&w=-Infinity' }], c: [{ weight: '/things?ids=1' }] })
  }
})
