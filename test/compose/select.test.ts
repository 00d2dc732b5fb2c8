import t, { type Test } from 'tap'
import type { FieldSelection } from '../../src/compose/binding.ts'
import { compose, type Answers, type Said } from './fixture.ts'
import { answering, hold } from './contract/fixture.ts'
import { readSelection, selected } from './selected.ts'

const schema = `
type Query {
  user(id: ID!): User @rest(service: "users", get: "/users/{id}")
  again(id: ID!): User @rest(service: "users", get: "/users/{id}")
  users(first: Int): [User!] @list(max: 10) @rest(service: "users", get: "/users{?first}")
  usersById(ids: [ID!]!): [User]! @internal @rest(service: "users", get: "/users{?ids*}") @batch(arg: "ids", key: "id", max: 10)
  name(id: ID!): String @rest(service: "users", get: "/users/{id}") @map(from: "full_name")
  pets: [Pet] @list(max: 5) @rest(service: "users", get: "/pets")
  own(id: ID!): User @rest(service: "users", get: "/users/{id}?fields=id")
  order: Order @rest(service: "orders", get: "/orders/1")
}
type Mutation { rename(id: ID!, name: String!): User @rest(service: "users", post: "/users/{id}", body: { fullName: "{name}" }) }
type User @entity(key: "id", query: "usersById") {
  id: ID
  fullName: String
  city: String @map(from: "address.city")
  address: Address
  friends: [User] @list(max: 5) @resolve(query: "usersById", args: { ids: "{parent.friendIds}" })
  boss: User @lookup(key: "{parent.bossId}")
  bossId: ID @internal
  friendIds: [ID] @internal @map(from: "friends.ids")
  age: Int
}
type Address { city: String  street: Street  country: String }
type Street { name: String  number: Int }
interface Pet @type(field: "kind", values: { cat: "Cat", dog: "Dog" }) { kind: String  name: String }
type Cat implements Pet { kind: String  name: String @map(from: "cat_name")  lives: Int }
type Dog implements Pet { kind: String  name: String  owner: User @lookup(key: "{parent.ownerId}")  ownerId: ID @internal }
type Order { id: ID }
`

const person = (id: number) => ({
  id, full_name: `User ${id}`, age: 40 + id, boss_id: id === 3 ? null : id + 1, friends: { ids: [1, 2], since: 'then' },
  address: { city: 'Ulm', country: 'DE', street: { name: 'Hof', number: id } },
})
const pets = [{ kind: 'cat', cat_name: 'Mia', lives: 7, colour: 'red' }, { kind: 'dog', name: 'Rex', owner_id: 2 }]

/** Services that keep to the selection. */
const shop: Answers = ({ method, path, service }): Said => {
  const { names } = readSelection(path)
  const { pathname, searchParams } = new URL(path, 'http://shop')
  const [, , id] = pathname.split('/')
  const ids = searchParams.getAll('ids').map(Number)
  const all = service === 'orders' ? { id: 1 } : pathname === '/pets' ? pets : id !== undefined ? person(Number(id)) : (ids.length > 0 ? ids : [1, 2]).map(person)
  return { json: method === 'POST' ? all : selected(all, names) }
}

function world(style?: FieldSelection['style']) {
  const select = style === undefined ? {} : { select: { parameter: 'fields', style } }
  return compose(schema, shop, { services: { users: { naming: 'snake_case', ...select }, orders: {} } })
}

/** The paths that a query asks for; its answer must be what it is without a selection. */
async function pathsOf(t: Test, query: string, { style = 'comma', variables = {} }: { style?: FieldSelection['style'], variables?: object } = {}): Promise<string[]> {
  const [selecting, plain] = [world(style), world()]
  const [answer, expected] = [await selecting.ask(query, { variables }), await plain.ask(query, { variables })]
  t.strictSame([answer.data, answer.errors], [expected.data, undefined], query)
  t.notMatch(plain.paths().join(), 'fields=', 'it is off by default')
  return selecting.paths().map((path) => path.replace(/^\w+ GET /, ''))
}

t.test('calls ask for what the operation reads, and nothing else', async (t) => {
  const cases: Record<string, string[]> = {
    '{ user(id: 1) { fullName } }': ['/users/1?fields=full_name'],
    '{ user(id: 1) { a: fullName, b: fullName, id } }': ['/users/1?fields=full_name,id'],
    '{ users(first: 2) { age ...on User { id } ...F } } fragment F on User { fullName }': ['/users?first=2&fields=age,full_name,id'],
    '{ users { age } }': ['/users?fields=age'],
    '{ user(id: 1) { city } }': ['/users/1?fields=address'],
    '{ user(id: 1) { address { street { number } } age } }': ['/users/1?fields=address,age'],
    '{ user(id: 1) { boss { age } } }': ['/users/1?fields=boss_id', '/users?ids=2&fields=age,id'],
    '{ user(id: 1) { friends { fullName } } }': ['/users/1?fields=friends', '/users?ids=1&ids=2&fields=full_name,id'],
    '{ pets { name } }': ['/pets?fields=cat_name,kind,name'],
    '{ pets { ...on Cat { lives } ...on Dog { owner { age } } } }': ['/pets?fields=kind,lives,owner_id', '/users?ids=2&fields=age,id'],
    '{ order { id } }': ['/orders/1'],
    '{ user(id: 1) { __typename } }': ['/users/1'],
    '{ name(id: 1) }': ['/users/1'],
    '{ __typename user(id: 1) { address { __typename } } }': ['/users/1?fields=address'],
  }
  for (const [query, paths] of Object.entries(cases)) t.strictSame(await pathsOf(t, query), paths, query)
})

t.test('a path that says itself what it selects is left as it is', async (t) => {
  const { ask, paths } = world('comma')
  t.strictSame((await ask('{ own(id: 1) { id age } }')).data, { own: { id: '1', age: null } })
  t.strictSame(paths(), ['users GET /users/1?fields=id'])
})

t.test('what is needed of objects within, and names one by one', async (t) => {
  const query = '{ user(id: 1) { city address { street { number } } boss { age } } }'
  t.strictSame(await pathsOf(t, query, { style: 'dotted' }), ['/users/1?fields=address.city,address.street.number,boss_id', '/users?ids=2&fields=age,id'])
  t.strictSame(await pathsOf(t, query, { style: 'repeat' }), ['/users/1?fields=address&fields=boss_id', '/users?ids=2&fields=age&fields=id'])
  t.strictSame(await pathsOf(t, '{ user(id: 1) { address { street { __typename } } friends { id } } }', { style: 'dotted' }), ['/users/1?fields=address.street,friends.ids', '/users?ids=1&ids=2&fields=id'])
})

t.test('calls of one path ask for the same, so that equal ones stay one', async (t) => {
  t.strictSame(await pathsOf(t, '{ user(id: 1) { id } again(id: 1) { fullName } x: user(id: 1) { age } }'), ['/users/1?fields=age,full_name,id'])
  t.strictSame(await pathsOf(t, '{ user(id: 1) { id } name(id: 1) }'), ['/users/1'], 'one of them needs everything')
  t.strictSame(await pathsOf(t, '{ user(id: 1) { boss { age boss { fullName } } } }'), ['/users/1?fields=boss_id', '/users?ids=2&fields=age,boss_id,full_name,id', '/users?ids=3&fields=age,boss_id,full_name,id'])
})

t.test('what @skip and @include leave out is not asked for', async (t) => {
  const query = 'query ($on: Boolean!) { user(id: 1) { id fullName @include(if: $on) ...on User @skip(if: $on) { age } } }'
  t.strictSame(await pathsOf(t, query, { variables: { on: true } }), ['/users/1?fields=full_name,id'])
  t.strictSame(await pathsOf(t, query, { variables: { on: false } }), ['/users/1?fields=age,id'])
})

t.test('what changes things is sent as it is, and what is read below it selects', async (t) => {
  t.strictSame(await pathsOf(t, 'mutation { rename(id: 1, name: "x") { boss { fullName } } }'), ['users POST /users/1', '/users?ids=2&fields=full_name,id'])
})

t.test('a service that does not keep to the selection answers the same', async (t) => {
  const stubborn = compose(schema, (call) => shop({ ...call, path: readSelection(call.path).path }), { services: { users: { naming: 'snake_case', select: { parameter: 'fields', style: 'comma' } }, orders: {} } })
  const { data } = await stubborn.ask('{ user(id: 1) { fullName boss { id } } }')
  t.strictSame(data, { user: { fullName: 'User 1', boss: { id: '2' } } })
})

t.test('where there is a contract, only operations that have the parameter are told', (t) => {
  const selects = (parameters: object[]) => {
    const contract = answering({}, { more: { parameters } })
    const loaded = hold('type Query { x: T @rest(service: "shop", get: "/x") }\ntype T { a: Int }', { contract, select: { parameter: 'fields', style: 'comma' } })
    if (!('bound' in loaded)) throw new Error(JSON.stringify(loaded))
    const source = loaded.bound.fields.get('Query.x')?.source
    return source?.kind === 'call' && source.call.select !== undefined
  }
  t.ok(selects([{ name: 'fields', in: 'query', schema: { type: 'string' } }]))
  t.notOk(selects([]))
  t.end()
})
