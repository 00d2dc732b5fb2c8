import t from 'tap'
import { anonymous } from '../../src/identity.ts'
import { ada, compose } from './fixture.ts'

const sdl = `
  type Query {
    things(first: Int = 10): [Thing!]! @list(max: 50, by: "first") @public @rest(service: "shop", get: "/things{?first}")
    byIds(ids: [ID!]!): [Thing]! @internal @public @rest(service: "shop", get: "/many{?ids}") @batch(arg: "ids", key: "id", max: 4)
  }
  type Thing @entity(key: "id", query: "byIds") { id: ID!  nextId: ID @internal  next: Thing @public @lookup(key: "{parent.nextId}") }
`

const asked = (explain: { scopes: string[] } | undefined, kind: string, identity = ada) => {
  const { ask, ...rest } = compose(sdl, ({ path }) => {
    if (path.startsWith('/many')) return { status: 503 }
    return { json: [{ id: 1, nextId: 2 }, { id: 2, nextId: 3 }, { id: 3, nextId: 2 }] }
  }, { explain })
  const query = 'query ($n: Int!) { a: things(first: $n) { next { id } } b: things(first: $n) { id } }'
  return { answer: ask(query, { variables: { n: 3 }, as: identity, exchange: { headers: { 'content-type': 'application/json', 'x-sluice-explain': kind } } }), ...rest }
}

t.test('the plan of an operation, with what its variables make of its bounds', async (t) => {
  const { extensions } = await asked({ scopes: [] }, 'plan').answer
  t.match(extensions.sluice.plan, {
    operation: 'query',
    calls: 2,
    fields: [
      { path: ['a'], service: 'shop', call: 'GET /things{?first}', batch: null, calls: 1 },
      { path: ['a', 'next'], call: 'GET /many{?ids}', batch: { key: 'id', max: 4 }, calls: 1, formula: '⌈min($n, 50) / 4⌉' },
      { path: ['b'], calls: 1 },
    ],
  })
})

t.test('the calls that were made', async (t) => {
  const { extensions, errors } = await asked({ scopes: [] }, 'trace').answer
  t.ok(errors)
  const [first, second, ...more] = extensions.sluice.trace
  t.same(more, [])
  t.match(first, { service: 'shop', method: 'GET', path: '/things?first=3', shared: 1 })
  t.match(second, { path: '/many?ids=2,3', shared: 0 })
  t.ok(Number(second.at) >= Number(first.at) + Number(first.ms), 'one after the other')
})

t.test('nobody is told who may not know', async (t) => {
  const scoped = { scopes: ['explain'] }
  t.equal((await asked(undefined, 'plan').answer).extensions, undefined)
  t.equal((await asked(scoped, 'trace').answer).extensions, undefined)
  t.equal((await asked({ scopes: [] }, 'everything').answer).extensions, undefined)
  t.equal((await asked(scoped, 'plan', anonymous).answer).extensions, undefined)
  const known = { ...ada, scopes: new Set(['explain']) }
  t.ok((await asked(scoped, 'plan', known).answer).extensions.sluice.plan)
})
