import t from 'tap'
import { compose, limits } from './fixture.ts'

const sdl = `
  type Query {
    customers(ids: [ID!]!): [Customer]! @internal @rest(service: "shop", get: "/customers{?ids}") @batch(arg: "ids", key: "id", max: 1)
    any: String @rest(service: "shop", get: "/any")
  }
  type Mutation { place(n: Int!): Order @rest(service: "shop", post: "/orders", body: { n: "{n}" }) }
  type Order {
    id: ID!  customerIds: [ID] @internal
    customer: Customer @lookup(key: "{parent.id}")
    customers: [Customer] @list(max: 9) @lookup(key: "{parent.customerIds}")
    note(x: Int): String @rest(service: "shop", get: "/note{?x}")
  }
  type Customer @entity(key: "id", query: "customers") { id: ID! }
`

const composed = (calls: number) => compose(sdl, ({ path }) => {
  if (path === '/orders') return { json: { id: 1, customerIds: [1, 2, 3, 4] } }
  return { json: path.startsWith('/customers') ? [{ id: path.split('=')[1] }] : 'note' }
}, { operations: { ...limits, calls } })

t.test('a mutation that needs more calls than it may make runs nothing', async (t) => {
  const { ask, calls } = composed(5)
  const refused = async (query: string, needed: number) => {
    const { data, errors } = await ask(query)
    t.equal(data, undefined)
    t.match(errors, [{ message: `The operation could make up to ${needed} calls to services; one operation may make 5. Ask for fewer fields or shorter lists.`, extensions: { code: 'OPERATION_TOO_LARGE' } }])
    t.equal(calls.length, 0)
  }
  await refused(`mutation { ${[1, 2, 3, 4, 5, 6].map((n) => `m${n}: place(n: ${n}) { id }`).join(' ')} }`, 6)
  await refused(`mutation { ${[1, 2, 3].map((n) => `m${n}: place(n: ${n}) { customer { id } again: customer { id } }`).join(' ')} }`, 9)
  await refused('mutation { place(n: 1) { a: note(x: 1) b: note(x: 2) c: note(x: 3) d: note(x: 4) e: note(x: 5) } }', 6)
  const { errors } = await ask('mutation { a: place(n: 1) { customer { id } note } b: place(n: 2) { note } }')
  t.equal(errors, undefined)
  t.equal(calls.length, 5)
})

t.test('what a list could need counts, whatever it would have had', async (t) => {
  const { ask, calls } = composed(9)
  const { errors } = await ask('mutation { a: place(n: 1) { customers { id } } }')
  t.match(errors, [{ message: /could make up to 10 calls/, extensions: { code: 'OPERATION_TOO_LARGE' } }])
  t.equal(calls.length, 0)
})

t.test('a mutation of which a service would refuse any root field runs nothing, whatever way that field takes', async (t) => {
  const { ask, calls } = compose(`
    type Query { any: Thing @public @rest(service: "shop", get: "/any")  hidden: Thing @internal @rest(service: "shop", post: "/hidden")
      found(ids: [ID!]!): [Thing] @internal @rest(service: "shop", post: "/found/{ids}") @batch(arg: "ids", key: "id", max: 9) }
    type Mutation {
      place: Thing @public @rest(service: "shop", post: "/orders")
      hidden: Thing @public @resolve(query: "hidden")
      one(id: ID!): Thing @public @resolve(query: "found", args: { ids: "{id}" })
    }
    type Thing { id: ID! }
  `, () => ({ json: { id: 1 } }), { allows: (path) => path === '/orders' })
  for (const field of ['hidden { id }', 'one(id: 7) { id }']) {
    const { errors } = await ask(`mutation { place { id } ${field} }`)
    t.match(errors, [{ extensions: { code: 'FORBIDDEN' } }], field)
    t.same(calls, [], field)
  }
})
