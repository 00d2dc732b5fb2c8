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

const counting = `
  type Query {
    list: [Thing!]! @list(max: 50) @rest(service: "shop", get: "/list")
    thing(id: ID!): Thing @rest(service: "shop", get: "/things/{id}")
    byIds(ids: [ID!]!): [Thing]! @internal @rest(service: "shop", get: "/many{?ids}") @batch(arg: "ids", key: "id", max: 4)
  }
  type Mutation { touch(id: ID!): Thing @rest(service: "shop", post: "/things/{id}") }
  type Thing @entity(key: "id", query: "byIds") { id: ID!  nextId: ID @internal  next: Thing @lookup(key: "{parent.nextId}") }
`
const thing = (id: number) => ({ id, nextId: id + 1 })

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
  t.match(first, { service: 'shop', method: 'GET', path: '/things?first=3', keys: null, shared: 1 })
  t.match(second, { path: '/many?ids=2,3', keys: 2, shared: 0 })
  t.ok(Number(second.at) >= Number(first.at) + Number(first.ms), 'one after the other')
})

t.test('what a client of the services would have called', async (t) => {
  const counted = async (query: string) => {
    const { ask, calls } = compose(counting, ({ path }) => {
      if (path.startsWith('/things')) return { json: thing(1) }
      return { json: (path === '/list' ? [1, 2, 3] : [1, 2, 3, 4]).map(thing) }
    }, { explain: { scopes: [] } })
    const headers = { 'content-type': 'application/json', 'x-sluice-explain': 'trace' }
    const { extensions, errors } = await ask(query, { exchange: { headers } })
    t.equal(errors, undefined)
    const { trace, callsWithoutComposition } = extensions.sluice
    t.equal(trace.length, calls.length)
    return { made: trace.length, alone: callsWithoutComposition, keys: trace.map(({ keys }: { keys: unknown }) => keys) }
  }
  const twoReads = '{ a: thing(id: 1) { id } b: thing(id: 1) { id } }'
  const twoWrites = 'mutation { a: touch(id: 1) { next { id } } b: touch(id: 1) { next { id } } }'
  const unplanned = '{ __schema { queryType { name } } list { next { id } } }'
  t.strictSame(await counted('{ list { next { id } } }'), { made: 2, alone: 4, keys: [null, 3] }, 'each key is a call')
  t.strictSame(await counted('{ list { next { next { id } } } }'), { made: 3, alone: 5, keys: [null, 3, 1] }, 'a key it has is none')
  t.strictSame(await counted(twoReads), { made: 1, alone: 1, keys: [null] }, 'nor is an equal call')
  t.strictSame(await counted(twoWrites), { made: 4, alone: 3, keys: [null, 1, null, 1] }, 'but each write')
  t.strictSame(await counted(unplanned), { made: 2, alone: 4, keys: [null, 3] }, 'without a plan too')
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
