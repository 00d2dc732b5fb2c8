import t from 'tap'
import { SluiceError } from '../../src/errors.ts'
import { anonymous } from '../../src/identity.ts'
import { ada, compose, type Answers, type Said } from './fixture.ts'

const services = { shop: {}, snake: { naming: 'snake_case' as const } }

/** Things with references to each other: `t1`'s body is what the test says. */
const sdl = `
  type Query {
    thing(id: ID!): Thing @rest(service: "shop", get: "/things/{id}")
    must(id: ID!): Thing! @rest(service: "shop", get: "/things/{id}")
    list: [Thing!] @list(max: 5) @rest(service: "shop", get: "/list")
    some(first: Int): [Thing] @list(max: 5, by: "first") @rest(service: "shop", get: "/some{?first}")
    things(ids: [ID!]!, lang: String = "en"): [Thing]
      @rest(service: "shop", get: "/things{?ids*,lang}") @batch(arg: "ids", key: "id", max: 3)
    tagged(tags: [ID!]!): [Thing!]! @list(max: 100)
      @rest(service: "shop", get: "/tagged{?tags}") @batch(arg: "tags", key: "tag", max: 3)
    sum(ids: [Int!]): [Int] @rest(service: "shop", get: "/sum{?ids}")
    search(filter: Filter!): [Thing] @list(max: 5) @rest(service: "snake", post: "/search", body: { where: "{filter}", pageSize: 5, free: "{filter.anyThing}" })
    wide: Thing @rest(service: "snake", get: "/wide") @map(from: "data.thing")
    secret: String @auth(scopes: ["admin"]) @rest(service: "shop", get: "/secret")
    own: String @rest(service: "shop", get: "/own/{identity.subject}")
    open: Open @public @rest(service: "shop", get: "/open")
  }
  scalar Json
  input Filter { nameLike: String  subFilter: Filter  anyThing: Json }
  type Open { id: ID  guarded: String @auth  call: String @rest(service: "shop", get: "/call")
    fixed: Thing @resolve(query: "must", args: { id: "{identity.claims.favourite}" }) }
  type Thing @entity(key: "id", query: "things") {
    id: ID! tag: ID name: String! longName: String  count: Int  kind: Kind
    inner: Inner  numbers: [Int!]
    parts: [Thing!] @list(max: 5)
    nextId: ID @internal  otherIds: [ID] @internal  bestId: ID @internal @map(from: "best.id")
    next: Thing @lookup(key: "{parent.nextId}")
    nextMust: Thing! @lookup(key: "{parent.nextId}")
    best: Thing @lookup(key: "{parent.bestId}")
    others: [Thing] @list(max: 5) @lookup(key: "{parent.otherIds}")
    german: Thing @resolve(query: "things", args: { ids: "{parent.nextId}", lang: "de" })
    same: [Thing!] @list(max: 3) @resolve(query: "tagged", args: { tags: "{parent.tag}" })
    single: Thing @resolve(query: "tagged", args: { tags: "{parent.tag}" })
  }
  enum Kind { A B }
  type Inner { deepName: String  must: String! }
  type Mutation {
    make(name: String!): Thing @rest(service: "shop", post: "/things", body: { name: "{name}" })
    guardedMake: Thing @auth(scopes: ["admin"]) @rest(service: "shop", post: "/guarded")
    remove(id: ID!): String @rest(service: "shop", delete: "/things/{id}")
  }
`

const thing = (id: unknown, more: object = {}) => ({ id, name: `n${String(id)}`, ...more })

/** Answers by path; things by id where nothing else is said. */
function say(paths: Record<string, Said>): Answers {
  return ({ path }) => {
    const said = paths[path]
    if (said !== undefined) return said
    const url = new URL(path, 'http://x')
    if (url.pathname === '/things') return { json: url.searchParams.getAll('ids').toReversed().map((id) => thing(Number(id))) }
    throw new Error(`nothing is said of ${path}`)
  }
}

const composed = (paths: Record<string, Said>) => compose(sdl, say(paths), { services })

t.test('equal calls are one, and keys of all levels go out together', async (t) => {
  const { ask, paths } = composed({
    '/things/1': { json: thing(1, { nextId: 10, parts: [thing(2, { nextId: '11' }), thing(3, { nextId: 10, parts: [thing(4, { nextId: 12 })] })] }) },
  })
  const { data, errors } = await ask('{ thing(id: 1) { next { id } parts { next { name } parts { next { name } } } } again: thing(id: 1) { name next { id } } }')
  t.equal(errors, undefined)
  t.strictSame(paths(), ['shop GET /things/1', 'shop GET /things?ids=10&ids=11&ids=12&lang=en'])
  t.same(data.thing.parts, [{ next: { name: 'n11' }, parts: null }, { next: { name: 'n10' }, parts: [{ next: { name: 'n12' } }] }])
})

t.test('a batch waits for every call that could add to it', async (t) => {
  let release: () => void = () => undefined
  const held = new Promise<void>((resolve) => { release = resolve })
  const { ask, paths } = composed({
    '/things/1': { json: thing(1, { nextId: 10 }) },
    '/things/2': { json: thing(2, { nextId: 11 }), after: held },
  })
  const answer = ask('{ a: thing(id: 1) { next { id } } b: thing(id: 2) { next { id } } }')
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
  t.strictSame(paths(), ['shop GET /things/1', 'shop GET /things/2'])
  release()
  t.equal((await answer).errors, undefined)
  t.strictSame(paths().slice(2), ['shop GET /things?ids=10&ids=11&lang=en'])
})

t.test('a chain through the same root field does not wait for itself', async (t) => {
  let release: () => void = () => undefined
  const held = new Promise<void>((resolve) => { release = resolve })
  const { ask, paths } = composed({
    '/things/1': { json: thing(1, { nextId: 10 }), after: held },
    '/things/2': { json: thing(2, { nextId: 9 }) },
    '/things?ids=9&lang=en': { json: [thing(9, { nextId: 10 })] },
    '/things?ids=9&ids=10&lang=en': { json: [thing(10, { nextId: 9 }), thing(9, { nextId: 10 })] },
    '/things?ids=10&ids=9&lang=en': { json: [thing(10, { nextId: 9 }), thing(9, { nextId: 10 })] },
  })
  const answer = ask('{ a: thing(id: 1) { next { next { next { id } } } } b: thing(id: 2) { next { next { next { id } } } } }')
  while (paths().length < 2) await new Promise((resolve) => setImmediate(resolve))
  release()
  t.same((await answer).data, { a: { next: { next: { next: { id: 10 } } } }, b: { next: { next: { next: { id: 9 } } } } })
  t.equal(paths().length, 3, 'keys that are known already are not asked for again')
})

t.test('keys are chunked; a failed chunk fails its own keys, 404 means missing', async (t) => {
  const parts = [1, 2, 3, 4, 5].map((id) => thing(id, { nextId: id + 10 }))
  const { ask, paths } = composed({
    '/list': { json: [...parts.slice(0, 4), thing(6, { nextId: 10, parts: [thing(7, { nextId: 17 }), thing(8, { nextId: 18 })] })] },
    '/things?ids=10&ids=17&ids=18&lang=en': { status: 404, json: {} },
    '/things?ids=14&ids=10&ids=17&lang=en': { status: 503, json: { message: 'internal: 10.0.0.1 is down' } },
    '/things?ids=18&lang=en': { status: 404, json: {} },
  })
  const { data, errors } = await ask('{ list { id next { id } parts { next { id } } } }')
  t.strictSame(paths().slice(1), ['shop GET /things?ids=11&ids=12&ids=13&lang=en', 'shop GET /things?ids=14&ids=10&ids=17&lang=en', 'shop GET /things?ids=18&lang=en'])
  t.same(data.list.map(({ next }: { next: unknown }) => next), [{ id: '11' }, { id: '12' }, { id: '13' }, null, null])
  t.same(data.list[4].parts, [{ next: null }, { next: null }])
  t.match(errors, [
    { path: ['list', 3, 'next'], message: 'The service "shop" answered with 503.', extensions: { code: 'SERVICE_ERROR', service: 'shop', status: 503 } },
    { path: ['list', 4, 'next'] }, { path: ['list', 4, 'parts', 0, 'next'] },
  ])
  t.equal(errors?.length, 3)
})

t.test('items are matched by key, never by position', async (t) => {
  const rows = [thing(1, { nextId: 'a', tag: 'x' }), thing(2, { nextId: null, tag: 'x' }), thing(3, { nextId: 'b', tag: null }), thing(4, { nextId: 'c' })]
  const { ask, paths } = composed({
    '/list': { json: rows },
    '/things?ids=a&ids=b&ids=c&lang=en': { json: [null, thing('c'), thing('stranger'), { name: 'no key' }, thing('a')] },
    '/tagged?tags=x': { json: [thing(7, { tag: 'x' }), thing(8, { tag: 'y' }), thing(9, { tag: 'x' })] },
  })
  const { data, errors } = await ask('{ list { next { name } same { id } single { id } } }')
  t.same(data.list, [
    { next: { name: 'na' }, same: [{ id: 7 }, { id: 9 }], single: null },
    { next: null, same: [{ id: 7 }, { id: 9 }], single: null },
    { next: null, same: null, single: null },
    { next: { name: 'nc' }, same: null, single: null },
  ])
  t.match(errors, [{ path: ['list', 0, 'single'], extensions: { code: 'KEY_NOT_UNIQUE', service: 'shop' } }, { path: ['list', 1, 'single'], extensions: { code: 'KEY_NOT_UNIQUE' } }])
  t.equal(errors?.length, 2)
  t.equal(paths().length, 3)
})

t.test('a list of keys gives one object each, in its order', async (t) => {
  const { ask, paths } = composed({
    '/things/1': { json: thing(1, { otherIds: [3, 'zz', null, 2, 3] }) },
    '/things/2': { json: thing(2, { otherIds: [] }) },
    '/things?ids=3&ids=zz&ids=2&lang=en': { json: [thing(2), thing(3), thing(3)] },
  })
  const { data, errors } = await ask('{ thing(id: 1) { others { id } } none: thing(id: 2) { others { id } } }')
  t.same(data, { thing: { others: [null, null, null, { id: 2 }, null] }, none: { others: [] } })
  t.match(errors, [{ path: ['thing', 'others', 0], extensions: { code: 'KEY_NOT_UNIQUE' } }, { path: ['thing', 'others', 4] }])
  t.equal(paths().length, 3)
})

t.test('other arguments belong to the group; a batched field can be asked for itself', async (t) => {
  const { ask, paths } = composed({
    '/things/1': { json: thing(1, { nextId: 2 }) },
    '/tagged?tags=a,b': { json: [thing(1, { tag: 'b' }), thing(2, { tag: 'a' }), thing(3, { tag: 'b' })] },
  })
  const { data, errors } = await ask('{ thing(id: 1) { next { id } german { id } } things(ids: [5, 4, 5]) { id } tagged(tags: ["a", "b"]) { id } none: things(ids: []) { id } sum(ids: []) }')
  t.equal(errors, undefined)
  t.strictSame(paths().toSorted(), [
    'shop GET /tagged?tags=a,b', 'shop GET /things/1', 'shop GET /things?ids=2&lang=de', 'shop GET /things?ids=2&lang=en', 'shop GET /things?ids=5&ids=4&lang=en',
  ])
  t.same(data.things, [{ id: 5 }, { id: 4 }, { id: 5 }])
  t.same(data.tagged, [{ id: 2 }, { id: 1 }, { id: 3 }])
  t.same([data.none, data.sum], [[], []])
})

t.test('missing things and values', async (t) => {
  const { ask, paths } = composed({ '/things/1': { status: 404, json: {} }, '/things/2': { json: thing(2, { nextId: 404 }) }, '/things?ids=404&lang=en': { json: [] }, '/open': { json: {} } })
  const { data, errors } = await ask('{ thing(id: 1) { id } own two: thing(id: 2) { next { id } best { id } } open { fixed { id } } }', { as: { ...ada, subject: null } })
  t.equal(errors, undefined)
  t.same(data, { thing: null, own: null, two: { next: null, best: null }, open: { fixed: null } })
  t.equal(paths().length, 4)
  const must = await ask('{ must(id: 1) { id } }')
  t.equal(must.data, null)
  t.match(must.errors, [{ path: ['must'], extensions: { code: 'SERVICE_ERROR', service: 'shop', status: 404 } }])
  const next = await ask('{ thing(id: 2) { nextMust { id } } }')
  t.same(next.data, { thing: null })
  t.match(next.errors, [{ path: ['thing', 'nextMust'], message: /Cannot return null for non-nullable field Thing.nextMust/, extensions: { code: 'SERVICE_ANSWER_INVALID' } }])
})

t.test('a filter without a value asks for nothing, not for everything', async (t) => {
  const { ask, calls, paths } = compose(`
    type Query {
      me: User @rest(service: "shop", get: "/me")
      mine: [Order] @list(max: 9) @rest(service: "shop", get: "/orders{?identity.claims.tenant}")
      search(text: String): [Order] @list(max: 9) @rest(service: "shop", post: "/search", body: { text: "{text}", tenant: "{identity.claims.tenant}" })
      orders(customer: ID!, filter: Filter): [Order] @list(max: 9) @rest(service: "shop", get: "/orders{?customer,filter.status}")
    }
    input Filter { status: ID! }
    type User { customerId: ID @internal
      orders(first: Int): [Order!] @list(max: 9) @rest(service: "shop", get: "/orders{?parent.customerId,first}")
      resolved: [Order!] @list(max: 9) @resolve(query: "orders", args: { customer: "{parent.customerId}" }) }
    type Order { id: ID! }
  `, ({ path }) => ({ json: path === '/me' ? { customerId: null } : [{ id: 'someone else\'s' }] }))
  const { data, errors } = await ask('{ me { orders(first: 5) { id } resolved { id } } mine { id } search { id } }')
  t.equal(errors, undefined)
  t.same(data, { me: { orders: null, resolved: null }, mine: null, search: null })
  t.strictSame(paths(), ['shop GET /me'])
  await ask('{ search { id } }', { as: { ...ada, claims: { tenant: 'acme' } } })
  t.strictSame(calls.at(-1)?.body, { tenant: 'acme' })
  t.equal((await ask('{ orders(customer: 1) { id } }')).data.orders.length, 1)
  t.strictSame(paths().slice(2), ['shop GET /orders?customer=1'], 'what a client may leave out is left out')
})

t.test('answers are read by the service\'s naming and by @map, own properties only', async (t) => {
  const { ask, calls } = composed({
    '/wide': { json: { data: { thing: { id: 1, name: 'n', long_name: 'l', longName: 'wrong', inner: { deep_name: 'd', must: 'm' }, best: { id: 9 } } } } },
    '/search': { json: [] },
    '/things?ids=9&lang=en': { json: [thing(9, { longName: 'camel' })] },
  })
  const { data, errors } = await ask('{ wide { longName inner { deepName } best { longName inner { deepName } } } }')
  t.equal(errors, undefined)
  t.same(data.wide, { longName: 'l', inner: { deepName: 'd' }, best: { longName: 'camel', inner: null } })
  await ask('query($f: Filter!) { search(filter: $f) { id } }', { variables: { f: { nameLike: 'x', subFilter: { nameLike: null }, anyThing: { camelCase: 1 } } } })
  t.strictSame(calls.at(-1)?.body, {
    where: { name_like: 'x', sub_filter: { name_like: null }, any_thing: { camelCase: 1 } }, page_size: 5, free: { camelCase: 1 },
  })
})

t.test('errors of calls, with codes and in the order of the document', async (t) => {
  const { ask } = composed({
    '/things/1': { status: 500, text: 'Error: connect 10.0.0.3 at stack' },
    '/things/2': { status: 422, json: { error: { code: 'x', message: 'the name is taken' } } },
    '/things/3': { text: '<html>' },
    '/things/4': { fail: new SluiceError('SERVICE_TIMEOUT', 'The service did not answer in time.') },
    '/things/5': { fail: new SluiceError('FORBIDDEN', 'No.', { extensions: { service: 'shop' } }) },
    '/things/6': { json: [] },
    '/things/7': { json: thing(7, { count: 'many', kind: 'C', numbers: 5, inner: {} }) },
    '/things/8': { text: `"${'x'.repeat(11 * 1024 * 1024)}"` },
    '/list': { json: { not: 'a list' } },
  })
  const fields = [1, 2, 3, 4, 5, 6].map((id) => `t${id}: thing(id: ${id}) { id }`).join(' ')
  const { errors, data } = await ask(`{ ${fields} t7: thing(id: 7) { count kind numbers inner { must } } t8: thing(id: 8) { id } list { id } }`)
  t.strictSame(errors?.map(({ path, extensions: { code, service, status } }) => [path?.join('.'), code, service, status]), [
    ['t1', 'SERVICE_ERROR', 'shop', 500], ['t2', 'SERVICE_ERROR', 'shop', 422], ['t3', 'SERVICE_ANSWER_INVALID', 'shop', undefined],
    ['t4', 'SERVICE_TIMEOUT', 'shop', undefined], ['t5', 'FORBIDDEN', 'shop', undefined], ['t6', 'SERVICE_ANSWER_INVALID', 'shop', undefined],
    ['t7.count', 'SERVICE_ANSWER_INVALID', undefined, undefined], ['t7.kind', 'SERVICE_ANSWER_INVALID', undefined, undefined],
    ['t7.numbers', 'SERVICE_ANSWER_INVALID', 'shop', undefined], ['t7.inner.must', 'SERVICE_ANSWER_INVALID', undefined, undefined],
    ['t8', 'SERVICE_ANSWER_INVALID', 'shop', undefined], ['list', 'SERVICE_ANSWER_INVALID', 'shop', undefined],
  ])
  t.match(errors?.[1]?.message, /the name is taken/)
  t.notMatch(JSON.stringify(errors), /10\.0\.0\.3|stack|many/)
  t.same(data.t7, { count: null, kind: null, numbers: null, inner: null })
})

t.test('values that cannot be sent are refused without a call', async (t) => {
  const { ask, calls } = composed({})
  const { data, errors } = await ask('{ thing(id: "../admin") { id } }')
  t.same(data, { thing: null })
  t.match(errors, [{ path: ['thing'], message: /^The value of "id" has "\/"/, extensions: { code: 'PARAMETER_REFUSED' } }])
  t.equal(calls.length, 0)
})

t.test('lists have their bounds', async (t) => {
  const { ask, calls, paths } = composed({
    '/list': { json: [1, 2, 3, 4, 5, 6].map((id) => thing(id)) },
    '/some?first=2': { json: [1, 2, 3].map((id) => thing(id)) },
    '/some': { json: [1, 2, 3, 4, 5].map((id) => thing(id)) },
    '/things/1': { json: thing(1, { parts: Array.from({ length: 6 }, () => thing(2)), otherIds: [1, 2, 3, 4, 5, 6], tag: 't' }) },
    '/tagged?tags=t': { json: [1, 2, 3, 4].map((id) => thing(id, { tag: 't' })) },
  })
  const { data, errors } = await ask('{ list { id } two: some(first: 2) { id } some { id } thing(id: 1) { parts { id } others { id } same { id } } }')
  t.equal(data.some.length, 5)
  t.strictSame(errors?.map(({ path, extensions }) => [path?.join('.'), extensions['code']]), [
    ['list', 'LIST_TOO_LONG'], ['two', 'LIST_TOO_LONG'], ['thing.parts', 'LIST_TOO_LONG'], ['thing.others', 'LIST_TOO_LONG'], ['thing.same', 'LIST_TOO_LONG'],
  ])
  const before = calls.length
  const refused = await ask('query($n: Int) { list { id } some(first: $n) { id } }', { variables: { n: 6 } })
  t.equal(refused.data, undefined)
  t.match(refused.errors, [{ path: ['some'], message: /"first" of Query.some is 6. Give a number from 0 to 5./, extensions: { code: 'PARAMETER_REFUSED' } }])
  t.equal((await ask('{ some(first: -1) { id } }')).errors?.length, 1)
  t.equal(calls.length, before, paths().join())
  t.equal((await ask('{ some(first: 6) @skip(if: true) { id } list { id } }')).errors?.[0]?.extensions['code'], 'LIST_TOO_LONG')
})

t.test('who may ask', async (t) => {
  const { ask, calls } = composed({ '/open': { json: { id: 1, guarded: 'g' } }, '/call': { json: 'c' }, '/secret': { json: 's' } })
  const open = await ask('{ open { id guarded call } secret }', { as: anonymous })
  t.same(open.data, { open: { id: 1, guarded: null, call: null }, secret: null })
  t.strictSame(open.errors?.map(({ path, extensions }) => [path?.join('.'), extensions['code']]), [
    ['open.guarded', 'UNAUTHENTICATED'], ['open.call', 'UNAUTHENTICATED'], ['secret', 'UNAUTHENTICATED'],
  ])
  const known = await ask('{ open { guarded call } secret }')
  t.same(known.data, { open: { guarded: 'g', call: 'c' }, secret: null })
  t.match(known.errors, [{ extensions: { code: 'FORBIDDEN' }, message: 'Query.secret needs the scope "admin".' }])
  t.same((await ask('{ secret }', { as: { ...ada, scopes: new Set(['admin']) } })).data, { secret: 's' })
  const before = calls.length
  const mutation = await ask('mutation { make(name: "x") { id } ...F } fragment F on Mutation { guardedMake { id } }')
  t.equal(mutation.status, 200)
  t.equal(mutation.data, null)
  t.match(mutation.errors, [{ path: ['guardedMake'], extensions: { code: 'FORBIDDEN' } }])
  t.equal(calls.length, before, 'nothing of the mutation ran')
})

t.test('mutations share nothing, and each root field starts afresh', async (t) => {
  const { ask, paths } = composed({ '/things': { status: 201, json: thing(1, { nextId: 5, parts: [thing(2, { nextId: 5 }), thing(3, { nextId: 6 })] }) }, '/things/9': { status: 204 } })
  const { data, errors } = await ask('mutation { a: make(name: "x") { next { id } parts { next { id } } } b: make(name: "x") { next { id } } remove(id: 9) }')
  t.equal(errors, undefined)
  t.equal(data.remove, null)
  t.strictSame(paths(), [
    'shop POST /things', 'shop GET /things?ids=5&ids=6&lang=en', 'shop POST /things', 'shop GET /things?ids=5&lang=en', 'shop DELETE /things/9',
  ])
})

t.test('one item that fails at once leaves no rejection of another unhandled', async (t) => {
  const { ask } = composed({ '/list': { json: [thing(1, { nextId: 2 }), null, { id: 3 }] }, '/things?ids=2&lang=en': { status: 500 } })
  const unhandled: unknown[] = []
  const listen = (reason: unknown) => void unhandled.push(reason)
  process.on('unhandledRejection', listen)
  t.teardown(() => process.off('unhandledRejection', listen))
  const { data, errors } = await ask('{ list { name nextMust { id } } }')
  t.same(data, { list: null })
  t.ok(errors !== undefined && errors.length > 0)
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
  t.strictSame(unhandled, [])
})

t.test('what nobody expected is logged and masked', async (t) => {
  const { ask, logged } = composed({})
  const { data, errors } = await ask('{ thing(id: 1) { id } }')
  t.same(data, { thing: null })
  t.match(errors, [{ path: ['thing'], message: /unexpected condition/, extensions: { code: 'INTERNAL' } }])
  t.notMatch(JSON.stringify(errors), /nothing is said/)
  t.match(logged.join(), /nothing is said of/)
})

t.test('an answer says which type of an interface or union it is', async (t) => {
  const { ask, paths } = compose(`
    type Query {
      pets: [Pet] @list(max: 9) @rest(service: "shop", get: "/pets")
      owners(ids: [ID!]!): [Owner] @internal @rest(service: "shop", get: "/owners{?ids}") @batch(arg: "ids", key: "id", max: 9)
    }
    interface Pet { name: String }
    type Cat implements Pet { name: String  lives: Int  owner: Owner @lookup(key: "{parent.ownerId}")  ownerId: ID @internal }
    type Dog implements Pet { name: String  owner: Owner @lookup(key: "{parent.ownerId}")  ownerId: ID @internal }
    type Owner @entity(key: "id", query: "owners") { id: ID }
  `, ({ path }) => ({
    json: path === '/pets' ? [{ __typename: 'Cat', name: 'c', lives: 9, ownerId: 1 }, { __typename: 'Dog', ownerId: 2 }, { __typename: 'Cow' }, { name: '?' }] : [{ id: 2 }, { id: 1 }],
  }))
  const { data, errors } = await ask('{ pets { __typename name ... on Cat { lives owner { id } } ... on Dog { owner { id } } } }')
  t.same(data.pets, [{ __typename: 'Cat', name: 'c', lives: 9, owner: { id: '1' } }, { __typename: 'Dog', name: null, owner: { id: '2' } }, null, null])
  t.strictSame(errors?.map(({ path, extensions }) => [path?.join('.'), extensions['code']]), [['pets.2', 'SERVICE_ANSWER_INVALID'], ['pets.3', 'SERVICE_ANSWER_INVALID']])
  t.strictSame(paths(), ['shop GET /pets', 'shop GET /owners?ids=1,2'])
})
