import t from 'tap'
import { compose } from './fixture.ts'

const sdl = `
  scalar Json
  type Query {
    order: Order @rest(service: "shop", get: "/order")
    tagged(tags: [Json!]!): [Thing!]! @rest(service: "shop", get: "/tagged{?tags*}") @batch(arg: "tags", key: "id", max: 10)
    things(ids: [ID!]!): [Thing] @rest(service: "shop", get: "/things{?ids*}") @batch(arg: "ids", key: "id", max: 3)
    bound(ids: [ID!]!): [Thing] @list(max: 4) @rest(service: "shop", get: "/bound{?ids*}") @batch(arg: "ids", key: "id", max: 3)
    handed(some: Some): [Thing] @resolve(query: "things", args: { ids: "{some.ids}" })
  }
  input Some { ids: [ID!]! }
  type Order { id: ID!  number: Int  total: Float  text: String  free: Json  thingId: ID! @internal
    thing: Thing @lookup(key: "{parent.thingId}")  picked(ids: [ID!]!): [Thing] @resolve(query: "things", args: { ids: "{ids}" }) }
  type Thing @entity(key: "id", query: "things") { id: ID!  name: String }
`

t.test('a key that cannot be matched fails its field and nothing else, even when the call of another key fails', async (t) => {
  const unhandled: unknown[] = []
  const listen = (reason: unknown) => void unhandled.push(reason)
  process.on('unhandledRejection', listen)
  t.teardown(() => process.off('unhandledRejection', listen))
  const { ask } = compose(sdl, () => ({ status: 503 }))
  const { errors } = await ask('query($tags: [Json!]!) { tagged(tags: $tags) { name } }', { variables: { tags: ['a', { x: 1 }] } })
  t.match(errors, [{ path: ['tagged'] }])
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
  t.strictSame(unhandled, [])
})

t.test('whole numbers that a double can not hold are neither rounded nor matched with another', async (t) => {
  const big = '9007199254740993'
  const { ask, paths } = compose(sdl, ({ path }) => ({
    text: path === '/order' ? `{"id":${big},"number":${big},"total":1${big}.5,"text":-${big},"free":[${big},9007199254740991,0.1234567890123456],"thingId":${big}}`
      : `[{"id":9007199254740992,"name":"another"},{"id":${big},"name":"its own, 12345678901234567890"}]`,
  }))
  const { data, errors } = await ask('{ order { id number total text free thing { id name } } }')
  t.strictSame(paths(), ['shop GET /order', `shop GET /things?ids=${big}`])
  t.same(data.order, {
    id: big, number: null, total: 19007199254740993.5, text: `-${big}`, free: [big, 9007199254740991, 0.1234567890123456],
    thing: { id: big, name: 'its own, 12345678901234567890' },
  })
  t.match(errors, [{ path: ['order', 'number'], extensions: { code: 'SERVICE_ANSWER_INVALID' } }])
  t.equal(errors?.length, 1)
})

t.test('a client gives no more keys than the list or the batch can have', async (t) => {
  const { ask, calls } = compose(sdl, ({ path }) => ({ json: path === '/order' ? { id: 1 } : [{ id: 1 }] }))
  const refused = async (field: string, message: RegExp) => {
    const { data, errors } = await ask(`query($ids: [ID!]! = [1, 1, 1, 1, 1]) { order { id } ${field} }`)
    t.equal(data, undefined)
    t.match(errors, [{ message, extensions: { code: 'PARAMETER_REFUSED' } }])
    t.equal(calls.length, 0, 'no call was made')
  }
  await refused('things(ids: $ids) { id }', /^"ids" of Query.things has 5 keys. Give at most 3\.$/)
  await refused('bound(ids: $ids) { id }', /^"ids" of Query.bound has 5 keys. Give at most 4\.$/)
  await refused('handed(some: { ids: $ids }) { id }', /^"some.ids" of Query.handed has 5 keys. Give at most 3\.$/)
  await refused('again: order { picked(ids: $ids) { id } }', /^"ids" of Order.picked has 5 keys. Give at most 3\.$/)
  const { data, errors } = await ask('{ things(ids: [1, 1, 2]) { id } bound(ids: [1, 1, 1, 2]) { id } handed(some: { ids: [1] }) { id } }')
  t.equal(errors, undefined)
  t.same(data, { things: [{ id: 1 }, { id: 1 }, null], bound: [{ id: 1 }, { id: 1 }, { id: 1 }, null], handed: [{ id: 1 }] })
})

const waits = `
  type Query {
    a: Holder @public @rest(service: "shop", get: "/a")
    b: Holder @public @rest(service: "shop", get: "/b")
    users(ids: [ID!]!): [User] @public @rest(service: "shop", post: "/users", body: { ids: "{ids}" }) @batch(arg: "ids", key: "id", max: 10)
  }
  type Holder {
    id: ID! @public  userId: ID @public
    user: User @public @lookup(key: "{parent.userId}")
    more: Holder @public @rest(service: "shop", get: "/more/{parent.id}")
  }
  type User @entity(key: "id", query: "users") { id: ID! @public  name: String @public }
`

t.test('a key that waits for two steps goes out with the first, and the other makes no call for nothing', async (t) => {
  const [late, later] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const { ask, calls } = compose(waits, ({ path }) => {
    if (path === '/a') return { json: { id: 1, userId: 7 } }
    if (path === '/b') return { json: { id: 2, userId: null }, after: late.promise }
    if (path === '/users') {
      late.resolve()
      return { json: [{ id: 7, name: 'seven' }], after: later.promise }
    }
    setImmediate(later.resolve)
    return { json: { id: 3, userId: 7 } }
  })
  const { data } = await ask('{ a { user { name } more { user { name } } } b { user { name } } }')
  t.same(data, { a: { user: { name: 'seven' }, more: { user: { name: 'seven' } } }, b: { user: null } })
  t.same(calls.filter(({ method }) => method === 'POST').map(({ body }) => body), [{ ids: [7] }])
})
