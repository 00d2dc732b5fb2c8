import t, { type Test } from 'tap'
import { answering, hold, problemsOf } from './fixture.ts'

const user = {
  type: 'object', required: ['id', 'full_name', 'address'],
  properties: {
    id: { type: 'integer' }, full_name: { type: 'string' }, email: { type: ['string', 'null'] }, age: { type: 'integer' },
    status: { type: 'string', enum: ['active', 'closed'] }, tags: { type: 'array', items: { type: 'string' } },
    address: { type: 'object', required: ['city'], properties: { city: { type: 'string' }, street_name: { type: 'string' } } },
    boss: { $ref: '#/components/schemas/User' },
  },
}
const users = answering({ $ref: '#/components/schemas/User' }, { components: { User: user }, path: '/users/{id}' })
const get = '@rest(service: "shop", get: "/users/{id}")'

/** Each list of fields of a user has exactly this problem, or none. */
function each(t: Test, contract: object, cases: Record<string, string | null>, naming: 'as-is' | 'snake_case' = 'snake_case'): void {
  for (const [fields, problem] of Object.entries(cases)) {
    const sdl = `type Query { user(id: ID!): User ${get}  reach: Address @rest(service: "other", get: "/") }\ntype User {
${fields} }\nenum Status { active closed }\nenum Few { active }\ntype Address { city: String! }`
    const found = problemsOf(sdl, { contract, naming }).map((text) => text.replace(/shop\.yaml:1:\d+/g, 'shop.yaml'))
    t.strictSame(found, problem === null ? [] : [`a.graphql:${problem}`], fields)
  }
}

t.test('what the answer has not, is of another type, or can be null', (t) => {
  const by = 'by the contract of "shop" (shop.yaml)'
  each(t, users, {
    'id: ID!  fullName: String!  email: String  age: Int  status: Status  tags: [String!]  address: Address!  boss: User': null,
    'id: String!  status: String  age: Float': null,
    'city: String! @map(from: "address.city")  street: String @map(from: "address.street_name")': null,
    'fulName: String': '3:1: User.fulName reads "ful_name", which the contract of "shop" (shop.yaml) doesn\'t have; did you mean "full_name"?',
    'whatever: String': '3:1: User.whatever reads "whatever", which the contract of "shop" (shop.yaml) doesn\'t have; say where it is with @map(from: …), or remove the field',
    'city: String @map(from: "address.town")': '3:1: User.city reads "town", which the contract of "shop" (shop.yaml) doesn\'t have; say where it is with @map(from: …), or remove the field',
    'street: String! @map(from: "address.street_name")': `3:9: User.street is String!, but ${by} it can be left out; make it String`,
    'email: String!': `3:8: User.email is String!, but ${by} it can be left out; make it String`,
    'fullName: Int': `3:11: User.fullName is Int, but ${by} it is a string; make it String`,
    'age: Boolean': `3:6: User.age is Boolean, but ${by} it is an integer; make it Int`,
    'address: String': `3:10: User.address is String, but ${by} it is an object; make it an object type`,
    'tags: String': `3:7: User.tags is String, but ${by} it is an array; make it a list`,
    'tags: [Int]': `3:7: User.tags is [Int], but ${by} it is a string; make it String`,
    'fullName: [String]': `3:11: User.fullName is [String], but ${by} it is a string; make it a single value`,
    'fullName: Address': `3:11: User.fullName is Address, but ${by} it is a string; make it a scalar`,
    'status: Few': `3:9: User.status is Few, but ${by} it can be "closed"; add what is missing to Few`,
    'id: ID  secret: String @internal  q: Int @rest(service: "other", get: "/{parent.secret}")': '3:9: User.secret reads "secret", which the contract of "shop" (shop.yaml) doesn\'t have; say where it is with @map(from: …), or remove the field',
  })
  t.end()
})

t.test('a document in the words of OpenAPI 3.0', (t) => {
  const schema = { type: 'object', required: ['a', 'b', 'c'], properties: { a: { type: 'string', nullable: true }, b: { allOf: [{ $ref: '#/components/schemas/T' }], nullable: true }, c: { type: 'string' } } }
  const contract = answering(schema, { components: { T: { type: 'string' } }, path: '/users/{id}', version: '3.0.3' })
  each(t, contract, {
    'a: String  b: String  c: String!': null,
    'a: String!': '3:4: User.a is String!, but by the contract of "shop" (shop.yaml) it can be null; make it String',
    'b: String!': '3:4: User.b is String!, but by the contract of "shop" (shop.yaml) it can be null; make it String',
  })
  t.end()
})

t.test('numbers that are written as text', (t) => {
  const contract = answering({ type: 'object', properties: { big: { type: 'string', format: 'int64' }, price: { type: 'string', format: 'decimal' }, text: { type: 'string', format: 'date' } } }, { path: '/users/{id}' })
  each(t, contract, {
    'big: Int  price: Float': null,
    'text: Float': '3:7: User.text is Float, but by the contract of "shop" (shop.yaml) it is a string; make it String',
  })
  t.end()
})

t.test('what the contract leaves open is no problem', (t) => {
  const fields = { 'anything: String!  id: ID!': null }
  each(t, answering({}, { path: '/users/{id}' }), fields)
  each(t, answering({ type: 'object' }, { path: '/users/{id}' }), fields)
  each(t, answering({ $ref: 'other.yaml#/User' }, { path: '/users/{id}' }), fields)
  each(t, answering({ type: 'object', properties: { id: {} }, required: ['id'], additionalProperties: true }, { path: '/users/{id}' }), fields)
  each(t, answering({ allOf: [{ $ref: '#/components/schemas/Loop' }] }, { path: '/users/{id}', components: { Loop: { allOf: [{ $ref: '#/components/schemas/Loop' }] } } }), fields)
  each(t, answering({ oneOf: [{ type: 'object', properties: { other: {} } }, { type: 'object', required: ['id', 'anything'], properties: { id: { type: 'string' }, anything: { type: 'string' } } }] }, { path: '/users/{id}' }), fields)
  each(t, { ...answering({}), paths: { '/users/{id}': { get: { responses: { 200: { description: 'ok', content: { 'text/csv': {} } } } } } } }, fields)
  t.end()
})

t.test('of an interface only what no type can be read from is a problem', (t) => {
  const pet = { type: 'object', required: ['kind'], properties: { kind: { type: 'string' }, lives: { type: 'integer' }, name: { type: 'string' } } }
  const sdl = (more: string) => `type Query { pets: [Pet] @rest(service: "shop", get: "/x") }
union Pet @type(field: "kind", values: { cat: "Cat", dog: "Dog" }) = Cat | Dog
type Cat { lives: Int! }
type Dog { name: String! ${more} }`
  const contract = answering({ type: 'array', items: pet })
  t.strictSame(problemsOf(sdl(''), { contract }), [])
  t.match(problemsOf(sdl('nam: String!'), { contract }).join(), /^a\.graphql:4:26: Dog\.nam reads "nam", [^,]*did you mean "name"\?$/)
  t.end()
})

t.test('what a call asks for', (t) => {
  const contract = {
    openapi: '3.1.0', servers: [{ url: 'http://shop/v1' }],
    paths: {
      '/users': {
        parameters: [{ name: 'first', in: 'query', schema: { type: 'integer' } }],
        get: { parameters: [{ name: 'ids', in: 'query', schema: { type: 'array', maxItems: 50, items: { type: 'integer' } } }, { name: 'order_by', in: 'query', schema: { enum: ['name', 'age'] } }], responses: { 200: { $ref: '#/components/responses/Users' } } },
        post: { requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/New' } } } }, responses: { 201: {} } },
      },
      '/users/{id}': { get: { parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'integer' } }], responses: {} }, delete: { responses: { 204: {} } } },
      '/users/me': { get: { responses: {} } },
      '/search': { get: { parameters: [{ name: 'q', in: 'query', required: true, schema: { type: 'string' } }, { name: 'filter', in: 'query', style: 'deepObject', schema: { type: 'object' } }], responses: {} } },
    },
    components: {
      responses: { Users: { content: { 'application/json': { schema: { type: 'array', items: { type: 'object', properties: { id: { type: 'integer' } } } } } } } },
      schemas: { New: { type: 'object', properties: { full_name: { type: 'string' }, age: { type: 'integer' }, kind: { enum: ['a', 'b'] }, tags: { type: 'array', items: { type: 'string' } } } } },
    },
  }
  const of = 'by the contract of "shop"'
  const query = (field: string, problem: string | null) => {
    const sdl = `type Query {\n${field}  reach: User @rest(service: "other", get: "/") }\ntype User { id: ID }\nenum Order { name years }`
    const found = problemsOf(sdl, { contract, naming: 'snake_case' }).map((text) => text.replace(/ \(shop\.yaml:1:\d+\)/g, ''))
    t.strictSame(found, problem === null ? [] : [`a.graphql:${problem}`], field)
  }
  const rest = (path: string) => `@rest(service: "shop", get: "${path}")`
  query(`u(first: Int): [User] ${rest('/users{?first}')}`, null)
  query(`u(id: ID!): User ${rest('/users/{id}')}`, null)
  query(`u(id: ID!): User ${rest('/v1/users/{id}')}`, null)
  query(`u: User ${rest('/users/me')}`, null)
  query(`u: Int ${rest('/search?q=x&filter[a]=b')}`, null)
  query(`u(first: Int): [User] ${rest('/user{?first}')}`, '2:51: the contract of "shop" has no path /user; did you mean "/users"?')
  query(`u(first: Int, fist: Int): [User] ${rest('/users{?first,fist}')}`, `2:77: GET /users has no query parameter "fist" ${of}; did you mean "first"?`)
  query(`u: [User] ${rest('/users?fist=2')}`, `2:47: GET /users has no query parameter "fist" ${of}; did you mean "first"?`)
  query(`u(x: Int): Int ${rest('/users/me{?x}')}`, `2:56: GET /users/me has no query parameter "x" ${of}; it has none`)
  query(`u: Int ${rest('/search')}`, `2:36: GET /search needs the query parameter "q" ${of}; add it to the path`)
  query(`u(first: Boolean): [User] ${rest('/users{?first}')}`, '2:10: {first} is Boolean, but the contract of "shop" takes an integer there; let the types agree')
  query(`u(orderBy: Order): [User] ${rest('/users{?orderBy}')}`, '2:12: {orderBy} can be "years", which the contract of "shop" doesn\'t take; it takes name, age')
  query(`u(first: [Int]): [User] ${rest('/users{?first}')}`, '2:10: {first} is [Int], but the contract of "shop" takes an integer there; let the types agree')
  query(`u(id: Boolean!): User ${rest('/users/{id}')}`, '2:7: {id} is Boolean, but the contract of "shop" takes an integer there; let the types agree')
  query(`u(ids: [ID!]!): [User] @list(max: 100) ${rest('/users{?ids*}')} @batch(arg: "ids", key: "id", max: 80)`, '2:120: a batch of 80 keys is more than the 50 that the contract of "shop" takes; say max: 50')
  const mutation = (field: string, problem: string | null, more = '') => {
    const found = problemsOf(`type Mutation {\n${field} }\ntype Query { a: Int @rest(service: "other", get: "/") }\n${more}`, { contract, naming: 'snake_case' }).map((text) => text.replace(/ \(shop\.yaml:1:\d+\)/g, ''))
    t.strictSame(found, problem === null ? [] : [`a.graphql:${problem}`], field + more)
  }
  const post = (body: string) => `@rest(service: "shop", post: "/users", body: ${body})`
  mutation(`put(id: ID!): Int @rest(service: "shop", put: "/users/{id}")`, '2:47: the contract of "shop" has no PUT /users/{id}; it has GET, DELETE')
  mutation(`drop(id: ID!): Boolean @rest(service: "shop", delete: "/users/{id}")`, null)
  mutation(`drop(id: ID!): Boolean! @rest(service: "shop", delete: "/users/{id}")`, `2:16: Mutation.drop is Boolean!, but DELETE /users/{id} answers nothing ${of}; let it be null`)
  mutation(`add(name: String!, age: Int): Int ${post('{ fullName: "{name}", age: "{age}", tags: ["x", "{name}"] }')}`, null)
  mutation(`add(name: String!): Int ${post('{ fulName: "{name}" }')}`, '2:72: "fulName" of the body is sent as "ful_name", which the contract of "shop" doesn\'t take; did you mean "full_name"?')
  mutation(`add(name: Int!): Int ${post('{ fullName: "{name}" }')}`, '2:79: {name} is Int, but the contract of "shop" takes a string there; let the types agree')
  mutation(`add(input: New!): Int ${post('"{input}"')}`, null, 'input New { fullName: String!  age: Int  tags: [ID!] }')
  mutation(`add(input: New!): Int ${post('"{input}"')}`, '4:13: New.naem is sent as "naem", which the contract of "shop" doesn\'t take; it takes full_name, age, kind, tags', 'input New { naem: String! }')
  mutation(`add(input: New!): Int ${post('"{input}"')}`, '4:13: New.age is String, but the contract of "shop" takes an integer there; let the types agree', 'input New { age: String! }')
  mutation(`add(input: New!): Int ${post('"{input}"')}`, '4:13: New.kind can be "c", which the contract of "shop" doesn\'t take; did you mean "a"?', 'input New { kind: Kind }\nenum Kind { a c }')
  mutation(`add(x: Int): Int @rest(service: "shop", post: "/users/me", body: "{x}")`, '2:47: the contract of "shop" has no POST /users/me; it has GET')
  t.end()
})

t.test('maxItems says how long a list above a call can be', (t) => {
  const list = (more: object) => ({ type: 'array', ...more, items: { type: 'object', properties: { id: { type: 'string' }, lines: { type: 'array', maxItems: 7, items: { type: 'object', properties: { sku: { type: 'string' } } } } } } })
  const sdl = (second = '') => `type Query { orders: [Order] @rest(service: "shop", get: "/x")  again: [Order] @resolve(query: "orders")  ${second}
  product(sku: ID): Product @rest(service: "other", get: "/p/{sku}")  products(skus: [ID!]!): [Product] @internal @rest(service: "other", get: "/p{?skus}") @batch(arg: "skus", key: "sku", max: 10) }
type Order { id: ID  lines: [Line] }
type Line { sku: ID @internal  product: Product @lookup(key: "{parent.sku}") }
type Product @entity(key: "sku", query: "products") { sku: ID }`
  const bound = hold(sdl(), { contract: answering(list({ maxItems: 30 })) })
  if (!('bound' in bound)) throw new Error(JSON.stringify(bound))
  const sizes = ['Query.orders', 'Query.again', 'Order.lines'].map((name) => bound.bound.fields.get(name)?.list?.max)
  t.strictSame(sizes, [30, 30, 7])
  t.match(problemsOf(sdl(), { contract: answering(list({})) }).join(), 'Query.orders is a list above calls; say how long it can be with @list(max: …)')
  const elsewhere = 'other: Order @rest(service: "other", get: "/o")'
  t.match(problemsOf(sdl(elsewhere), { contract: answering(list({ maxItems: 30 })) }).join(), 'Order.lines is a list above calls; say how long it can be with @list(max: …)')
  t.end()
})

t.test('a document that nothing can be held against', (t) => {
  const sdl = 'type Query { a: Int @rest(service: "shop", get: "/x") }'
  const cases: Record<string, string> = {
    'swagger: "2.0"': '1:1: this is no OpenAPI 3 document, which begins with "openapi: 3.…"; it is Swagger 2.0, so convert it',
    '[]': '1:1: this is no OpenAPI 3 document, which begins with "openapi: 3.…"',
    'openapi: 2.0.0': '1:10: "2.0.0" is no version of OpenAPI that can be checked against; it has to be 3.0 or later',
    'openapi: 3.1.0\npaths: [': '2:9: this is not valid YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
    'openapi: 3.1.0\npaths:\n  /x:\n    $ref: "#/components/pathItems/Y"\ncomponents:\n  pathItems:\n    X: {}': '4:11: there is nothing at "#/components/pathItems/Y"; did you mean "X"?',
    'openapi: 3.1.0\ncomponents:\n  schemas:\n    A: { $ref: "#/components/schemas/A" }\n    B: { $ref: "#/components/schemas/A" }': '4:16: "#/components/schemas/A" leads back to itself',
  }
  for (const [contract, problem] of Object.entries(cases)) t.strictSame(problemsOf(sdl, { contract }), [`shop.yaml:${problem}`], contract)
  t.strictSame(problemsOf(sdl, { contract: 'openapi: 3.1.0\npaths: { /x: { get: { description: "costs ${x}" } } }' }), [])
  t.end()
})

t.test('what is in another document is not known, and passes', (t) => {
  const sdl = 'type Query { a(x: Int): Int! @rest(service: "shop", get: "/x{?x}")  b(x: Int): Int @rest(service: "shop", post: "/y", body: "{x}") }'
  const contract = { openapi: '3.1.0', paths: { '/x': { $ref: 'x.yaml' }, '/y': { post: { requestBody: { $ref: 'y.yaml#/Body' }, responses: { 200: { $ref: 'y.yaml#/Answer' } } } } } }
  t.strictSame(problemsOf(sdl, { contract }), [])
  t.strictSame(problemsOf('type Query { a: Int @rest(service: "shop", get: "/elsewhere/entirely") }', { contract }), ['a.graphql:1:49: the contract of "shop" has no path /elsewhere/entirely; add it there, or mend the path'])
  t.end()
})
