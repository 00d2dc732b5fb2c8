import t from 'tap'
import { denialOf } from '../../src/compose/access.ts'
import { anonymous } from '../../src/identity.ts'
import { ada, bind, compose, limits } from './fixture.ts'

const sdl = `
  type Query {
    root: Order @rest(service: "shop", get: "/root")
    solo: Solo @rest(service: "shop", get: "/root")
    list: [Order!] @list(max: 100) @rest(service: "shop", get: "/list")
    things(ids: [ID!]!): [Thing] @rest(service: "shop", get: "/things{?ids*}") @batch(arg: "ids", key: "id", max: 100)
    byIds(ids: [ID!]): [Thing] @resolve(query: "things", args: { ids: "{ids}" })
    byId(id: ID): Thing @resolve(query: "things", args: { ids: "{id}" })
    again(id: ID): Thing @resolve(query: "byId", args: { id: "{id}" })
    found(id: ID, first: Int = 2): [Thing] @list(max: 9, by: "first") @rest(service: "shop", get: "/found{?id,first}")
    refound(id: ID, first: Int): [Thing] @list(max: 9, by: "first") @resolve(query: "found", args: { id: "{id}", first: "{first}" })
  }
  type Order {
    thingIds: [ID] @internal  thingId: ID @internal
    things: [Thing] @list(max: 5) @resolve(query: "byIds", args: { ids: "{parent.thingIds}" })
    thing: Thing @resolve(query: "again", args: { id: "{parent.thingId}" })
  }
  type Solo {
    thingId: ID @internal
    found: [Thing] @list(max: 5) @resolve(query: "refound", args: { id: "{parent.thingId}" })
  }
  type Thing { id: ID!  name: String }
`

t.test('root fields that take their value from others still match by key, and batch', async (t) => {
  const { ask, calls, paths } = compose(sdl, ({ path }) => {
    if (path === '/root') return { json: { thingIds: [3, 1, null, 2], thingId: 1 } }
    if (path === '/list') return { json: [1, 2, 3].map((id) => ({ thingIds: [id], thingId: id })) }
    return { json: [{ id: 1, name: 'one' }, { id: 3, name: 'three' }, { id: 99, name: 'a stranger' }] }
  }, { operations: { ...limits, calls: 200 } })
  const root = await ask('{ root { things { id } thing { id } } }')
  t.equal(root.errors, undefined)
  t.same(root.data.root, { things: [{ id: 3 }, { id: 1 }, null, null], thing: { id: 1 } })
  calls.length = 0
  const { data, errors } = await ask('{ list { things { id } thing { id } } }')
  t.equal(errors, undefined)
  t.same(data.list, [{ things: [{ id: 1 }], thing: { id: 1 } }, { things: [null], thing: null }, { things: [{ id: 3 }], thing: { id: 3 } }])
  t.strictSame(paths(), ['shop GET /list', 'shop GET /things?ids=1&ids=2&ids=3'])
  t.same((await ask('{ again(id: 1) { name } none: again { name } }')).data, { again: { name: 'one' }, none: null })
})

t.test('what a chain cannot fill is no call', async (t) => {
  const { ask, paths } = compose(sdl, ({ path }) => ({ json: path === '/root' ? { thingId: null } : [{ id: 1 }] }))
  const { data, errors } = await ask('{ root { thing { id } things { id } } solo { found { id } } }')
  t.equal(errors, undefined)
  t.same(data, { root: { thing: null, things: null }, solo: { found: null } })
  t.strictSame(paths(), ['shop GET /root'], 'a parent without a value must not ask for everything')
  await ask('{ refound { id } }')
  t.equal(paths().at(-1), 'shop GET /found?first=2', 'a client may leave out what is optional')
})

t.test('what is asked of a root field is asked of those that take its value', (t) => {
  const schema = (access: string) => `type Query {
    open: Order @public @rest(service: "shop", get: "/open")
    guarded(id: ID): Thing @internal @auth @rest(service: "shop", get: "/things/{id}")
    between(id: ID): Thing @internal @resolve(query: "guarded", args: { id: "{id}" }) }
  type Order { id: ID!  thing: Thing ${access} @resolve(query: "between", args: { id: "{parent.id}" }) }
  type Thing { id: ID! }`
  const contradicting = bind(schema('@public'), { shop: {} })
  t.match(contradicting, { problems: [{ line: 5, column: 25, message: '@public on Order.thing contradicts the @auth of Query.guarded, where its value comes from; keep one' }] })
  const loaded = bind(schema(''), { shop: {} })
  const field = 'bound' in loaded ? loaded.bound.fields.get('Order.thing') : undefined
  if (field === undefined) throw new Error('the schema is sound')
  const open = { ...field, access: { public: true, scopes: null } }
  t.equal(denialOf(open, anonymous)?.code, 'UNAUTHENTICATED')
  t.equal(denialOf(open, ada), undefined)
  t.end()
})
