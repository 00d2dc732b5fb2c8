import t from 'tap'
import { GraphQLError } from 'graphql'
import { SluiceError } from '../../src/errors.ts'
import { anonymous } from '../../src/identity.ts'
import type { ServiceCalls } from '../../src/index.ts'
import { bind, compose, resolversIn, type Answers } from './fixture.ts'

/** JSON that a test looks into. */
type Json = ReturnType<typeof JSON.parse>

interface Given {
  readonly parent: Record<string, Json>
  readonly parents: readonly Record<string, Json>[]
  readonly args: Record<string, Json>
  readonly identity: { subject: string | null }
  readonly signal: AbortSignal
  readonly services: Record<string, ServiceCalls>
}

const sdl = `
  scalar Json
  type Query {
    user(id: ID!): User @rest(service: "shop", get: "/users/{id}")
    users(first: Int = 3): [Person!] @list(max: 10, by: "first") @rest(service: "shop", get: "/users{?first}")
    hello(name: String = "you"): String! @public
    open: User @public @rest(service: "shop", get: "/users/9")
    found(id: ID!): User
  }
  type Mutation {
    rename(id: ID!, name: String!): User
    fix(id: ID!): User @rest(service: "shop", post: "/users/{id}/fix")
  }
  type User @entity(key: "id", query: "user") {
    id: ID!
    firstName: String!
    lastName: String @map(from: "names.last")
    address: Address
    bossId: ID @internal
    boss: User @lookup(key: "{parent.bossId}")
    displayName: String!
    secret: String @auth(scopes: ["admin"])
    score: Int
    rating(scale: Int = 5): Int
    any: Json
    friends: [Person!] @list(max: 3)
  }
  type Person { id: ID!  firstName: String!  label: String!  score: Int  rating: Int }
  type Address { city: String! }
`

const user = (id: string) => ({ id: Number(id), first_name: `F${id}`, names: { last: `L${id}` }, address: { city: 'Bonn' }, boss_id: null })
const answers: Answers = ({ path, method, body }) => {
  if (path.startsWith('/scores')) return { json: Object.fromEntries((new URL(path, 'http://x').searchParams.get('ids') ?? '').split(',').map((id) => [id, Number(id) * 10])) }
  if (path === '/users/404') return { status: 404, json: {} }
  if (path === '/users/500') return { status: 500, json: {} }
  if (path.startsWith('/users?')) return { json: ['1', '2', '3'].map(user) }
  return { json: { ...user(path.split('/')[2] ?? ''), method, body } }
}
const services = { shop: { naming: 'snake_case' as const } }
const displayName = ({ parent }: Given) => `${parent['firstName']} ${parent['lastName']} of ${parent['address']?.city} (${parent['id']})`

function asked(fields: Record<string, unknown>, more: Record<string, unknown> = {}) {
  return compose(sdl, answers, { services, code: { Query: { hello: ({ args }: Given) => `hello ${args['name']}`, found: () => null }, Mutation: { rename: () => null }, User: { displayName, ...fields }, ...more } })
}

t.test('a resolver has its parent as the schema declares it, whatever the service names are', async (t) => {
  const { ask, paths } = asked({}, { Person: { label: ({ parent }: Given) => `${parent['id']}: ${parent['firstName']}` } })
  const { data, errors } = await ask('{ user(id: 7) { displayName } hello users { label } }')
  t.equal(errors, undefined)
  t.same(data, {
    user: { displayName: 'F7 L7 of Bonn (7)' }, hello: 'hello you',
    users: ['1', '2', '3'].map((id) => ({ label: `${id}: F${id}` })),
  })
  t.strictSame(paths(), ['shop GET /users/7', 'shop GET /users?first=3'])
})

t.test('what a service gave wrongly is its error, and only where the code reads it', async (t) => {
  const wrong: Answers = () => ({ json: { id: 1, first_name: null, names: 'none', address: 9 } })
  const code = { User: { displayName, score: ({ parent }: Given) => parent['id'].length } }
  const { ask } = compose(sdl, wrong, { services, code: { ...code, Query: { hello: () => '', found: () => null }, Mutation: { rename: () => null } } })
  const { data, errors } = await ask('{ a: user(id: 1) { score } b: user(id: 1) { displayName } }')
  t.same(data, { a: { score: 1 }, b: null })
  t.match(errors, [{ path: ['b', 'displayName'], message: 'What the service "shop" gave for User.firstName is null.', extensions: { code: 'SERVICE_ANSWER_INVALID', service: 'shop' } }])
})

t.test('a resolver calls services as fields do: within what it declares, and once for equal calls', async (t) => {
  const score = { calls: 1, resolve: async ({ parent, services: { shop } }: Given) => (await shop!.get('/scores{?ids}', { ids: parent['id'] }) as Json)[parent['id']] }
  const { ask, paths, logged } = asked({
    score, any: async ({ services: { shop } }: Given) => shop!.get('/users/1'),
  })
  const { data, errors } = await ask('{ a: user(id: 7) { score again: score } b: user(id: 8) { score any } }')
  t.same(data, { a: { score: 70, again: 70 }, b: { score: 80, any: null } })
  t.strictSame(paths(), ['shop GET /users/7', 'shop GET /users/8', 'shop GET /scores?ids=7', 'shop GET /scores?ids=8'])
  t.match(errors, [{ path: ['b', 'any'], extensions: { code: 'INTERNAL' } }])
  t.match(logged[0], /User\.any makes more calls than the 0 that it declares/)
})

t.test('many parents are loaded at once, in chunks, and each fails alone', async (t) => {
  const score = {
    calls: 1, max: 2,
    load: async ({ parents, services: { shop } }: Given) => {
      const scores: Json = await shop!.get('/scores{?ids}', { ids: parents.map(({ id }) => id) })
      return parents.map(({ id }) => id === '2' ? new SluiceError('FORBIDDEN', 'Not this one.') : scores[id])
    },
  }
  const { ask, paths } = asked({}, { Person: { score } })
  const { data, errors } = await ask('{ users { id score } }')
  t.same(data, { users: [{ id: '1', score: 10 }, { id: '2', score: null }, { id: '3', score: 30 }] })
  t.match(errors, [{ path: ['users', 1, 'score'], message: 'Not this one.', extensions: { code: 'FORBIDDEN' } }])
  t.strictSame(paths(), ['shop GET /users?first=3', 'shop GET /scores?ids=1,2', 'shop GET /scores?ids=3'])
})

t.test('a load that gives too few values fails them all', async (t) => {
  const { ask, logged } = asked({}, { Person: { score: { max: 9, load: () => [1] } } })
  const { data, errors } = await ask('{ users { score } }')
  t.same(data, { users: [{ score: null }, { score: null }, { score: null }] })
  t.strictSame(errors?.map(({ extensions: { code } }) => code), ['INTERNAL', 'INTERNAL', 'INTERNAL'])
  t.equal(logged.length, 1)
  t.match(logged[0], /load.* of Person\.score must give one value for each of the 3 parents/)
})

t.test('bounds hold before any call: rows, or chunks of them, times what a run may call', async (t) => {
  const load = { calls: 2, max: 4, load: ({ parents }: Given) => parents.map(() => 1) }
  const { ask, paths } = asked({}, { Person: { score: load, rating: { calls: 60, max: 10, load: ({ parents }: Given) => parents.map(() => 1) } } })
  const refused = await ask('{ users(first: 9) { rating } }')
  t.match(refused.errors, [{ message: 'The operation could make up to 61 calls to services; one operation may make 50. Ask for fewer fields or shorter lists.', extensions: { code: 'OPERATION_TOO_LARGE' } }])
  t.strictSame(paths(), [])
  t.equal((await ask('{ users(first: 9) { score } }')).errors, undefined, '1 + 3 chunks × 2')
})

t.test('a list under which each item would call is refused at start-up', (t) => {
  const loaded = bind(sdl, services, resolversIn({ Person: { score: { calls: 1, resolve: () => 1 } }, Query: { hello: () => '', found: () => null }, Mutation: { rename: () => null } }))
  t.match(loaded, { problems: [{ line: 28, column: 62, message: 'Person.score makes a call for each item of Query.users; let it take many parents at once with "load" and "max", or say for how many it may with @unbatched(max: …)' }] })
  t.end()
})

t.test('objects that code gives have the names of the schema, and their fields call on from there', async (t) => {
  const found = ({ args }: Given) => ({ id: args['id'], firstName: 'C', lastName: 'D', bossId: '5', address: { city: 'Kiel' } })
  const { ask, paths } = asked({ friends: () => [found({ args: { id: 2 } } as Json), 'rubbish'] }, { Query: { hello: () => '', found } })
  const { data, errors } = await ask('{ found(id: 4) { id lastName displayName boss { firstName } } user(id: 1) { friends { id } } }')
  t.same(data, { found: { id: '4', lastName: 'D', displayName: 'C D of Kiel (4)', boss: { firstName: 'F5' } }, user: { friends: null } })
  t.strictSame(paths(), ['shop GET /users/1', 'shop GET /users/5'])
  t.match(errors, [{ path: ['user', 'friends', 1], message: 'What code gave for User.friends is no object.', extensions: { code: 'SERVICE_ANSWER_INVALID' } }])
})

t.test('what a resolver throws is masked, unless it has a code of ours', async (t) => {
  const thrown: Record<string, unknown> = {
    1: new Error('secret'), 2: new SluiceError('RATE_LIMITED', 'Slow down.'), 3: new GraphQLError('No.', { extensions: { code: 'FORBIDDEN', why: 'x' } }),
    4: new GraphQLError('secret'), 5: 'secret', 6: new GraphQLError('secret', { extensions: { code: 'toString' } }),
  }
  const { ask } = asked({ score: ({ parent }: Given) => { throw thrown[parent['id']] } })
  const { errors } = await ask(`{ ${Object.keys(thrown).map((id) => `u${id}: user(id: ${id}) { score }`).join(' ')} rubbish: user(id: 7) { displayName } }`)
  const internal = 'The gateway met an unexpected condition; the request id helps to find it.'
  t.strictSame(errors?.map(({ message, extensions }) => [message, extensions]), [
    [internal, { code: 'INTERNAL' }], ['Slow down.', { code: 'RATE_LIMITED' }], ['No.', { code: 'FORBIDDEN', why: 'x' }],
    [internal, { code: 'INTERNAL' }], [internal, { code: 'INTERNAL' }], [internal, { code: 'INTERNAL' }],
  ])
  t.notMatch(JSON.stringify(errors), /secret|code\.test/)
})

t.test('rubbish is completed as graphql-js does', async (t) => {
  const values: Record<string, unknown> = { 1: 'abc', 2: undefined, 3: 1.5, 4: { valueOf: () => 4 }, 5: Symbol('x'), 6: new Error('secret') }
  const { ask } = asked({ displayName: () => null, score: ({ parent }: Given) => values[parent['id']] })
  const { data, errors } = await ask(`{ ${Object.keys(values).map((id) => `u${id}: user(id: ${id}) { score }`).join(' ')} none: user(id: 7) { displayName } }`)
  t.same(data, { u1: { score: null }, u2: { score: null }, u3: { score: null }, u4: { score: 4 }, u5: { score: null }, u6: { score: null }, none: null })
  t.strictSame(errors?.map(({ path, extensions: { code } }) => [path?.[0], code]), [
    ['u1', 'SERVICE_ANSWER_INVALID'], ['u3', 'SERVICE_ANSWER_INVALID'], ['u5', 'SERVICE_ANSWER_INVALID'], ['u6', 'INTERNAL'], ['none', 'SERVICE_ANSWER_INVALID'],
  ])
  t.notMatch(JSON.stringify(errors), /secret/)
})

t.test('failures of services are their errors; what isn\'t there is null', async (t) => {
  const any = { calls: 3, resolve: async ({ args, parent, services: { shop } }: Given) => [await shop!.get('/users/404'), await shop!.get('/users/{id}', { id: args['id'] }), await shop!.get('/users/{id}', { id: parent['id'] === '2' ? '..' : '500' })] }
  const { ask } = asked({ any })
  const { data, errors } = await ask('{ a: user(id: 1) { any } b: user(id: 2) { any } }')
  t.same(data, { a: { any: null }, b: { any: null } })
  t.match(errors, [
    { path: ['a', 'any'], extensions: { code: 'SERVICE_ERROR', service: 'shop', status: 500 } },
    { path: ['b', 'any'], extensions: { code: 'PARAMETER_REFUSED' } },
  ])
})

t.test('fields in code are for authenticated clients, unless they are public; @auth holds', async (t) => {
  const { ask } = asked({ secret: () => 'x' })
  const open = await ask('{ hello(name: "you") open { firstName displayName } }', { as: anonymous })
  t.same(open.data, { hello: 'hello you', open: null })
  t.match(open.errors, [{ path: ['open', 'displayName'], extensions: { code: 'UNAUTHENTICATED' } }])
  const denied = await ask('{ user(id: 1) { secret } }')
  t.match(denied.errors, [{ path: ['user', 'secret'], extensions: { code: 'FORBIDDEN' } }])
})

t.test('mutations in code run one after the other, share nothing, and alone may change things', async (t) => {
  const rename = { calls: 2, resolve: async ({ args, services: { shop } }: Given) => {
    await shop!.patch('/users/{id}', { first_name: args['name'] }, { id: args['id'] })
    const found: Json = await shop!.get('/users/{id}', { id: args['id'] })
    return { id: found.id, firstName: args['name'] }
  } }
  const { ask, calls, paths } = asked({ score: { max: 1, calls: 0, load: () => [1] }, any: ({ services: { shop } }: Given) => shop!.delete('/users/1') }, { Mutation: { rename } })
  const { data, errors } = await ask('mutation { a: rename(id: 1, name: "A") { id firstName score } fix(id: 3) { id } b: rename(id: 1, name: "B") { firstName } }')
  t.equal(errors, undefined)
  t.same(data, { a: { id: '1', firstName: 'A', score: 1 }, fix: { id: '3' }, b: { firstName: 'B' } })
  t.strictSame(paths(), ['shop PATCH /users/1', 'shop GET /users/1', 'shop POST /users/3/fix', 'shop PATCH /users/1', 'shop GET /users/1'])
  t.same(calls[0]?.body, { first_name: 'A' })
  const refused = await ask('{ user(id: 1) { any } }')
  t.match(refused.errors, [{ extensions: { code: 'INTERNAL' } }])
  t.match(await ask('mutation { a: rename(id: 1, name: "A") { secret } }', { as: anonymous }), { data: null, errors: [{}, {}] })
})

t.test('a resolver is told who asks, what with, and when the client leaves', async (t) => {
  let seen: Given | undefined
  const { ask } = asked({ rating: (given: Given) => {
    seen = given
    return given.args['scale']
  } })
  const leaving = new AbortController()
  const { data } = await ask('{ user(id: 1) { rating x: rating(scale: 3) } }', { exchange: { signal: leaving.signal } })
  t.same(data, { user: { rating: 5, x: 3 } })
  t.equal(seen?.identity.subject, '7')
  t.equal(seen?.signal.aborted, false)
  leaving.abort()
  t.equal(seen?.signal.aborted, true)
})

t.test('code that never ends ends for a client that leaves', async (t) => {
  const leaving = new AbortController()
  const { ask } = asked({ rating: () => {
    setImmediate(() => leaving.abort())
    return new Promise(() => undefined)
  } })
  const { errors } = await ask('{ user(id: 1) { rating } }', { exchange: { signal: leaving.signal } })
  t.match(errors, [{ path: ['user', 'rating'], extensions: { code: 'CLIENT_GONE' } }])
})

t.test('beside introspection, and by what a plan tells', async (t) => {
  const { ask, bound } = asked({})
  const { data } = await ask('{ __typename __type(name: "User") { name } user(id: 1) { displayName } }')
  t.same(data, { __typename: 'Query', __type: { name: 'User' }, user: { displayName: 'F1 L1 of Bonn (1)' } })
  t.equal(bound.fields.get('User.displayName')?.source.kind, 'code')
})
