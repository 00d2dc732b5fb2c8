import t from 'tap'
import { compose } from './fixture.ts'

const sdl = `
  type Query {
    order: Order @rest(service: "shop", get: "/order")
    orders: [Order!] @list(max: 5) @rest(service: "shop", get: "/orders")
    user(id: ID!): User @rest(service: "shop", get: "/user/{id}")
    users(ids: [ID!]!, rank: Float): [User] @rest(service: "shop", get: "/users{?ids*,rank}") @batch(arg: "ids", key: "id", max: 5)
  }
  type Order {
    id: ID
    customerId: ID @internal
    rank: Float @internal
    friendIds: [ID!] @list(max: 5) @internal
    friends: [User] @list(max: 5) @resolve(query: "users", args: { ids: "{parent.friendIds}" })
    customer: User @lookup(key: "{parent.customerId}")
    ranked: [User] @list(max: 5) @resolve(query: "users", args: { ids: "{parent.customerId}", rank: "{parent.rank}" })
  }
  type User @entity(key: "id", query: "users") { id: ID! }
`

const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`

/** Asks of orders that the service writes so. */
function ask(query: string, ...orders: readonly string[]) {
  const { ask, paths } = compose(sdl, ({ path }) => {
    if (path === '/order') return { text: orders[0] ?? 'null' }
    if (path === '/orders') return { text: `[${orders.join(',')}]` }
    const { searchParams } = new URL(path, 'http://shop.test')
    return { json: searchParams.getAll('ids').map((id) => ({ id })) }
  })
  return ask(query).then((result) => ({ ...result, paths: paths() }))
}

for (const [field, code] of [['customer', 'SERVICE_ANSWER_INVALID'], ['ranked', 'SERVICE_ANSWER_INVALID']] as const) {
  t.test(`a key that is nested deeper than the stack fails ${field} alone`, async (t) => {
    const { data, errors } = await ask(`{ order { id ${field} { id } } }`, `{ "id": 1, "customerId": ${deep}, "rank": 1 }`)
    t.match(data, { order: { id: '1' } })
    t.match(errors, [{ extensions: { code } }])
    const { data: list } = await ask(`{ orders { id ${field} { id } } }`, `{ "id": 1, "customerId": ${deep}, "rank": 1 }`, '{ "id": 2, "customerId": 7, "rank": 1 }')
    t.match(list, { orders: [{ id: '1' }, { id: '2', [field]: field === 'customer' ? { id: '7' } : [{ id: '7' }] }] })
  })
}

t.test('a filter that is nested deeper than the stack fails its field', async (t) => {
  const { data, errors } = await ask('{ order { id ranked { id } } }', `{ "id": 1, "customerId": 7, "rank": ${deep} }`)
  t.same(data, { order: { id: '1', ranked: null } })
  t.equal(errors?.length, 1)
})

t.test('what no number can be is told apart from nothing', async (t) => {
  const orders = ['{ "id": 1, "customerId": 7, "rank": null }', '{ "id": 2, "customerId": 7, "rank": 1e999 }']
  for (const given of [orders, orders.toReversed()]) {
    const { data } = await ask('{ orders { id ranked { id } } }', ...given)
    t.same(data.orders.find(({ id }: { id: string }) => id === '1'), { id: '1', ranked: null })
  }
})

t.test('rows with equal lists of keys still share their calls', async (t) => {
  const order = '{ "friendIds": [7, 8] }'
  const { data, paths } = await ask('{ orders { friends { id } } }', order, order)
  t.same(data, { orders: [{ friends: [{ id: '7' }, { id: '8' }] }, { friends: [{ id: '7' }, { id: '8' }] }] })
  t.strictSame(paths, ['shop GET /orders', 'shop GET /users?ids=7&ids=8'])
})
