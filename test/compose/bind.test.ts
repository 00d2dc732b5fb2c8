import t, { type Test } from 'tap'
import { loadSchema } from '../../src/compose/load.ts'
import { bind } from './fixture.ts'

const services = { users: { naming: 'snake_case' as const }, shop: {} }

/** The problems of a schema, as lines of text. */
function problems(sdl: string | Record<string, string>): string[] {
  const loaded = bind(sdl, services)
  return 'bound' in loaded ? [] : loaded.problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`)
}

const call = '@rest(service: "shop", get: "/x")'

/** Each schema has exactly this problem. */
function each(t: Test, cases: Record<string, string>): void {
  for (const [sdl, problem] of Object.entries(cases)) {
    t.strictSame(problems(sdl).map((text) => text.replace('schema/test.graphql:', '')), [problem], sdl)
  }
}

t.test('types merge across files, and nothing is defined twice', (t) => {
  const files = {
    'schema/a.graphql': `type Query { a: T ${call} }\ntype T { id: ID }`,
    'schema/b.graphql': `extend type Query { b: T ${call} }\ntype T { name: String }\nenum E { X }`,
    'schema/c.graphql': `type Query { c(e: E): T ${call} }\nenum E { Y }`,
  }
  const loaded = bind(files, services)
  t.ok('bound' in loaded)
  if (!('bound' in loaded)) throw new Error('unreachable')
  t.strictSame(Object.keys(loaded.bound.schema.getQueryType()?.getFields() ?? {}), ['a', 'b', 'c'])
  t.strictSame([...loaded.bound.fields.keys()], ['Query.a', 'Query.b', 'Query.c', 'T.id', 'T.name'])
  t.strictSame(problems({ ...files, 'schema/d.graphql': `type T {\n  name: Int\n}` }), [
    'schema/d.graphql:2:3: T.name is defined twice; the other one is at schema/b.graphql:2:10',
  ])
  t.end()
})

t.test('all problems come at once, in the order of the files', (t) => {
  t.strictSame(problems({
    'schema/b.graphql': 'type T @entity(key: "id", query: "q") { id: ID }',
    'schema/a.graphql': `type Query {\n  a: T @rest(service: "user", get: "/a/{ids}")\n  b(id: ID): T @rest(service: "shop", get: "/a/{+id}")\n}`,
  }), [
    'schema/a.graphql:2:23: there is no service "user"; did you mean "users"?',
    'schema/a.graphql:2:41: {ids} is no argument of Query.a',
    'schema/a.graphql:3:48: {+…} is refused, for it lets a value write path and query itself; use {…} or {?…}',
  ])
  t.end()
})

t.test('what no directive can mean', (t) => {
  each(t, {
    [`type Query { a: Int @rset(service: "shop") }`]: '1:21: there is no directive @rset; did you mean "rest"?',
    'type Query { a: Int }': '1:14: nothing says where Query.a comes from; add @rest or @resolve',
    'type Query {': '1:13: Syntax Error: Expected Name, found <EOF>',
    [`type Query { a: Int ${call}  b: Nothing ${call} }`]: '1:59: Unknown type "Nothing"; did you mean "String"?',
    'type Query { a: Int @rest(service: "shop") }': '1:36: @rest needs exactly one of get, post, put, patch, delete, with the path at the service',
    'type Query { a: Int @rest(service: "shop", get: "/a", post: "/a") }': '1:36: @rest needs exactly one of get, post, put, patch, delete, with the path at the service',
    'type Query { a: Int @rest(service: "shop", put: "/a") }': '1:49: "put" changes things, and only fields of Mutation may; use get here',
    'type Query { a: Int @rest(service: "shop", get: "a") }': '1:50: the path "a" must start with "/"',
    'type Query { a(x: Int): Int @rest(service: "shop", get: "/a", body: "{x}") }': '1:69: a GET has no body; put the values into the path or the query',
    'type Query { a: Int @rest(service: "shop", get: "/a", headers: [{ name: "Host", value: "x" }]) }': '1:73: "Host" is no header that a call can set',
    [`type Query { a(parent: Int): Int ${call} }`]: '1:16: an argument can\'t be named "parent", for expressions give the word another meaning',
    [`type Query { a(identity: Int): Int ${call} }`]: '1:16: an argument can\'t be named "identity", for expressions give the word another meaning',
    [`type Query { a: Int ${call} @auth(scopes: ["x"]) @public }`]: '1:76: @public and @auth contradict each other; keep one',
    [`type Query { a: Int ${call} @resolve(query: "b")  b: Int ${call} }`]: '1:55: two directives say where the value comes from; keep one',
    [`type Query { a: Int ${call} @map(from: "a..b") }`]: '1:66: a path in the answer is names with dots between, as in "address.city"',
    [`type Query { a: Int ${call} @internal }`]: '1:1: Type Query must define one or more fields for clients, once what is @internal is left out',
    [`type Query { a: Int ${call} }\ntype Subscription { b: Int }`]: '2:6: subscriptions are not supported; remove the type',
    [`type Query { a: Int ${call} }\ntype Lost { b: Int }`]: '2:6: no field gives a Lost, so nothing can fill its fields',
    [`schema { query: Query }\ntype Query { a: Int ${call} }`]: '1:1: the root types are Query and Mutation; remove the schema definition',
    [`directive @mine on FIELD_DEFINITION\ntype Query { a: Int ${call} }`]: '1:1: a schema file defines no directives of its own; remove the definition',
  })
  t.strictSame(problems({}), ['schema:1:1: there are no *.graphql files to compose from'])
  t.end()
})

t.test('expressions', (t) => {
  const user = (field: string) => `type Query { user: User ${call} }\ntype User { id: ID  address: Address  best: User @rest(service: "shop", get: "/best")\n${field} }\ntype Address { city: String }`
  each(t, {
    [user('x: Int @rest(service: "shop", get: "/{id}")')]: '3:39: {id} is no argument of User.x; did you mean "parent.id"?',
    [user('x: Int @rest(service: "shop", get: "/{parent.idd}")')]: '3:39: User has no field "idd"; did you mean "id"?',
    [user('x: Int @rest(service: "shop", get: "/{parent.address}")')]: '3:39: {parent.address} reaches into an object; map the value to an @internal field of User',
    [user('x: Int @rest(service: "shop", get: "/{parent.address.city}")')]: '3:39: {parent.address.city} reaches into an object; map the value to an @internal field of User',
    [`type Query { a: Int @rest(service: "shop", get: "/{parent.id}") }`]: '1:52: {parent.id} has no value, for Query has no parent',
    [`type Query { t: T ${call} }\ntype T { b: Int @rest(service: "shop", get: "/b")  c: Int @rest(service: "shop", get: "/c/{parent.b}") }`]: '2:92: T.b needs a call itself (@rest), so no expression can read it',
    [`type Query { a(first: Int): Int @rest(service: "shop", get: "/a{?frist}") }`]: '1:66: {frist} is no argument of Query.a; did you mean "first"?',
    [`type Query { a(i: I): Int @rest(service: "shop", get: "/a/{i.skuu}") }\ninput I { sku: ID }`]: '1:60: I has no field "skuu"; did you mean "sku"?',
    [`type Query { a(i: I): Int @rest(service: "shop", get: "/a/{i}") }\ninput I { sku: ID }`]: '1:60: {i} is an object and can\'t stand in a URL; name one of its fields',
    [`type Query { a(i: Int, iJ: Int): Int @rest(service: "users", get: "/a{?i,iJ}{&iJ}") }`]: '1:79: two parameters of the URL have the name "i_j"',
    [`type Query { a: Int @rest(service: "shop", get: "/a", headers: [{ name: "x", value: "{q}" }]) }`]: '1:87: {q} is no argument of Query.a',
    [`type Query { a: Int ${call} }\ntype Mutation { b(x: Int): Int @rest(service: "shop", post: "/b", body: { y: ["{z}"] }) }`]: '2:81: {z} is no argument of Mutation.b; did you mean "x"?',
  })
  t.end()
})

t.test('batches, entities and lookups', (t) => {
  const schema = (batch: string, rest = '', query = '') => `type Query { t: T ${call}  ts(ids: [ID!]): [T] @internal @rest(service: "shop", get: "/t{?ids}") ${batch} ${query} }\ntype T ${rest}`
  const good = '@batch(arg: "ids", key: "id", max: 9)'
  each(t, {
    [schema('@batch(arg: "id", key: "id", max: 9)', '{ id: ID }')]: '1:136: Query.ts has no argument "id"; did you mean "ids"?',
    [schema('@batch(arg: "ids", key: "uid", max: 9)', '{ id: ID }')]: '1:148: T has no field "uid"; did you mean "id"?',
    [schema('@batch(arg: "ids", key: "id", max: 0)', '{ id: ID }')]: '1:159: a batch takes at least one key',
    [`type Query { t: T ${call}  ts(ids: [ID!], x: ID): [T] @internal @rest(service: "shop", get: "/t{?x}") ${good} }\ntype T { id: ID }`]: "1:54: the call doesn't use the batch's argument; put {ids} into it",
    [schema(good, '@entity(key: "id", query: "tss") { id: ID  o: T @lookup(key: "{parent.id}") }')]: '2:34: Query has no field "tss"; did you mean "ts"?',
    [schema(good, '@entity(key: "idd", query: "ts") { id: ID  o: T @lookup(key: "{parent.id}") }')]: '2:21: T has no field "idd"; did you mean "id"?',
    [schema(good, '{ id: ID  o: T @lookup(key: "{parent.id}") }')]: "2:21: T can't be looked up; give the type an @entity(key, query)",
    [schema(good, '@entity(key: "id", query: "ts") { id: ID  o: T @lookup(key: "7") }')]: '2:68: the key is a constant; write an expression such as {parent.id}',
    [schema(good, '@entity(key: "id", query: "ts") { id: ID  o: [T] @list(max: 3) @lookup(key: "{parent.id}") }')]: '2:53: one key finds one object; use @resolve for a list by one key',
    [schema(good, '@entity(key: "id", query: "ts") { id: ID  os: [ID]  o: T @lookup(key: "{parent.os}") }')]: '2:63: a list of keys gives a list of objects, but the field is a single one',
    [schema(good, '{ id: ID  o: T @resolve(query: "tt", args: { ids: "{parent.id}" }) }')]: '2:39: Query has no field "tt"; did you mean "t"?',
    [schema(good, '{ id: ID  o: T @resolve(query: "ts", args: { idss: "{parent.id}" }) }')]: '2:53: Query.ts has no argument "idss"; did you mean "ids"?',
    [schema(good, '{ id: ID  o: O @resolve(query: "ts", args: { ids: "{parent.id}" }) }\ntype O { id: ID }')]: '2:39: Query.ts gives T, but T.o is O',
    [schema(good, '{ id: ID  o: T @resolve(query: "us") }', 'us: [T] @resolve(query: "ts")')]: '2:21: Query.us gives [T], but this is T',
    [`type Query { l: [T] @list(max: 9) ${call} a(id: ID): T @internal @resolve(query: "a", args: { id: "{id}" }) }\ntype T { id: ID o: T @resolve(query: "a", args: { id: "{parent.id}" }) }`]: '1:69: Query.a takes its value from Query.a; break the cycle with a call',
    [schema(good, '{ id: ID }', 'a: T @resolve(query: "b")  b: T @resolve(query: "a")')]: '1:162: Query.a takes its value from Query.b takes its value from Query.a; break the cycle with a call',
  })
  t.strictSame(problems(schema(good, '@entity(key: "id", query: "ts") { id: ID  o: T @lookup(key: "{parent.id}") }')), [])
  t.end()
})

t.test('calls under lists', (t) => {
  const item = (field: string) => `type T { id: ID!  ${field} }`
  each(t, {
    [`type Query { ts: [T] @list(max: 9) ${call} }\n${item('o: Int @rest(service: "shop", get: "/o/{parent.id}")')}`]: '2:19: T.o makes a call for each item of Query.ts; let it find many at once with @batch, or say for how many it may with @unbatched(max: …)',
    [`type Query { ts: [T] ${call}  us(ids: [ID]): [T] @internal @rest(service: "shop", get: "/t{?ids}") @batch(arg: "ids", key: "id", max: 9) }\n${item('o: T @resolve(query: "us", args: { ids: "{parent.id}" })')}`]: '1:14: Query.ts is a list above calls; say how long it can be with @list(max: …)',
    [`type Query { ts: T @list(max: 9) ${call} }\n${item('')}`]: '1:18: @list needs a field that gives a list',
    [`type Query { t: T ${call}  us(ids: [ID]): [T] @internal @rest(service: "shop", get: "/t{?ids}") @batch(arg: "ids", key: "id", max: 9) }\n${item('os: [ID] @internal  o: [T] @resolve(query: "us", args: { ids: "{parent.os}" })')}`]: '2:39: T.o is a list above calls; say how long it can be with @list(max: …)',
    [`type Query { ts: [[T]] @list(max: 9) ${call} }\n${item('o: Int @rest(service: "shop", get: "/o")')}`]: '1:14: Query.ts is a list of lists above calls, and nothing says how long the inner ones are; let it be one list',
    [`type Query { t: T ${call}  us(ids: [ID]): [U] @internal @rest(service: "shop", get: "/t{?ids}") @batch(arg: "ids", key: "id", max: 9) }\ntype U { id: ID }\n${item('os: [ID] @internal  o: [U] @resolve(query: "us", args: { ids: "{parent.os}" })')}`]: '3:39: T.o finds an object for each key of a list; say how long that can be with @list(max: …)',
    [`type Query { ts(first: Int): [T] @list(max: 9, by: "fist") ${call} }\n${item('')}`]: '1:52: Query.ts has no argument "fist"; did you mean "first"?',
    [`type Query { ts(first: ID): [T] @list(max: 9, by: "first") ${call} }\n${item('')}`]: '1:51: the argument "first" must be an Int',
    [`type Query { q: Int ${call} }\ntype Mutation { ts: [T] @list(max: 9) @rest(service: "shop", post: "/x") }\n${item('o: Int @rest(service: "shop", get: "/o")')}`]: '3:19: T.o makes a call for each item of Mutation.ts; let it find many at once with @batch, or say for how many it may with @unbatched(max: …)',
  })
  t.strictSame(problems(`type Query { ts: [T] @list(max: 9) ${call} }\n${item('o: Int @rest(service: "shop", get: "/o")')}`), [], 'equal calls are one')
  t.strictSame(problems(`type Query { t: T ${call} }\n${item('o: Int @rest(service: "shop", get: "/o/{parent.id}")')}`), [], 'no list above')
  t.end()
})

t.test('the shop\'s own schema is sound', async (t) => {
  const snake = { naming: 'snake_case' as const }
  const loaded = await loadSchema(new URL('../..', import.meta.url).pathname, { services: { users: snake, catalog: snake, orders: snake } })
  t.strictSame('problems' in loaded ? loaded.problems : [], [])
  const none = await loadSchema('/nowhere', { services: {} })
  t.ok('problems' in none)
})
