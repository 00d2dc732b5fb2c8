import t, { type Test } from 'tap'
import { bind } from '../fixture.ts'
import { startWorld, type Asked, type Settings } from './world.ts'

const sdl = `
type Query {
  products: [Product!] @public @list(max: 9) @cache(maxAge: "5min") @rest(service: "shop", get: "/products")
  brief: Product @public @cache(maxAge: 10) @rest(service: "shop", get: "/brief")
  zero: Product @public @cache(maxAge: 0) @rest(service: "shop", get: "/zero")
  typed: Kept @public @rest(service: "shop", get: "/typed")
  own: Product @public @cache(maxAge: 60, scope: PRIVATE) @rest(service: "shop", get: "/own")
  silent: Silent @public @rest(service: "shop", get: "/silent")
  mine: Product @cache(maxAge: 60) @rest(service: "shop", get: "/mine/{identity.subject}")
  personal: Product @public @cache(maxAge: 60) @rest(service: "shop", get: "/personal", headers: [{ name: "x-user", value: "{identity.subject}" }])
  search: Product @public @cache(maxAge: 60) @rest(service: "shop", post: "/search")
}
type Mutation { change: Product @public @cache(maxAge: 60) @rest(service: "shop", post: "/change") }
type Product {
  id: ID  price: Int @cache(maxAge: 30)  margin: Int @cache(scope: PRIVATE)  kept: Kept
  again: Product @public @rest(service: "shop", get: "/again")
}
type Silent { id: ID }
type Kept @cache(maxAge: 120) { id: ID  quick: Int @cache(maxAge: 20) }
`

/** What caches are told of an answer. */
async function toldOf(t: Test, query: string, asked: Asked = {}, settings: Settings = {}, status = 200) {
  const world = await startWorld(t, {
    shop: 'share: {}',
    sdl,
    arrive: (held) => held.answer(held.url === '/products' ? [{ id: 1 }] : { id: 1, kept: { id: 2 } }, status),
    ...settings,
  })
  const { headers } = await world.ask({ query, get: true, ...asked })
  return `${headers.get('cache-control') ?? ''} / ${headers.get('vary') ?? ''}`
}

const vary = 'accept, authorization, x-api-key, x-sluice-explain'

const cases: [name: string, told: string, query: string, asked?: Asked, settings?: Settings, status?: number][] = [
  ['a field', `public, max-age=300 / ${vary}`, '{ products { id } }'],
  ['a field below it that keeps shorter', `public, max-age=30 / ${vary}`, '{ products { id price } }'],
  ['a private field below it', `private, max-age=300 / ${vary}`, '{ products { margin } }'],
  ['a type', `public, max-age=120 / ${vary}`, '{ typed { id } }'],
  ['a type and its field', `public, max-age=20 / ${vary}`, '{ typed { quick } }'],
  ['an object within, of a type', `public, max-age=10 / ${vary}`, '{ brief { kept { id } } }'],
  ['a scope', `private, max-age=60 / ${vary}`, '{ own { id } }'],
  ['a call that says nothing', 'no-store / accept', '{ silent { id } }'],
  ['a call below that says nothing', 'no-store / accept', '{ brief { again { id } } }'],
  ['no time', 'no-store / accept', '{ zero { id } }'],
  ['no calls', 'no-store / accept', '{ __typename }'],
  ['introspection', 'no-store / accept', '{ __schema { queryType { name } } }'],
  ['an identity', `private, max-age=300 / ${vary}`, '{ products { id } }', { key: 'ada' }],
  ['an identity in the path', `private, max-age=60 / ${vary}`, '{ mine { id } }', { key: 'ada' }],
  ['an identity that could be in a header of the field', `private, max-age=60 / ${vary}`, '{ personal { id } }'],
  ['a denied field', 'no-store / accept', '{ mine { id } }'],
  ['a failed call', 'no-store / accept', '{ products { id } }', {}, {}, 500],
  ['what answers in the place of a service', 'no-store / accept', '{ products { id } }', {}, { shop: 'fallback: { respond: { status: 200, json: [] } }' }, 500],
  ['POST', 'no-store / accept', '{ products { id } }', { get: false }],
  ['a mutation', 'no-store / accept', 'mutation { change { id } }', { get: false }],
  ['an explanation', 'no-store / accept', '{ products { id } }', { headers: { 'x-sluice-explain': 'plan' } }],
  ['a service that is told who asks', `private, max-age=300 / ${vary}`, '{ products { id } }', {}, { shop: 'identity: { headers: { x-user: "{identity.subject}" } }' }],
  ['a service that is told who calls', `public, max-age=300 / ${vary}`, '{ products { id } }', {}, { shop: 'identity: { headers: { x-caller: sluice } }' }],
  ['a service with rules for reads', `private, max-age=300 / ${vary}`, '{ products { id } }', {}, { shop: 'access: [{ path: /orders, scopes: [read] }]' }],
  ['a service with rules for writes', `public, max-age=300 / ${vary}`, '{ products { id } }', {}, { shop: 'access: [{ methods: [POST], path: /*, scopes: [write] }]' }],
  ['a service that sees credentials', 'private, max-age=300 / accept, authorization, x-api-key, x-session, x-sluice-explain', '{ products { id } }', {}, { shop: 'forward: [X-Session]' }],
  ['skipped fields', `public, max-age=300 / ${vary}`, '{ products { id } own @skip(if: true) { id } }'],
]

for (const [name, told, query, asked, settings, status] of cases) {
  t.test(`${name}: ${told}`, async (t) => {
    t.equal(await toldOf(t, query, asked, settings, status), told)
  })
}

t.test('what can be no age is told where it stands', async (t) => {
  const problemsOf = (use: string) => {
    const loaded = bind(`type Query { a: A @public ${use} @rest(service: "shop", get: "/a") }\ntype A { id: ID }`, { shop: {} })
    return 'problems' in loaded ? loaded.problems.map(({ line, message }) => `${line} ${message}`) : []
  }
  t.same(problemsOf('@cache(maxAge: 5)'), [])
  t.same(problemsOf('@cache(maxAge: "1h", scope: PRIVATE)'), [])
  const wrong = ['1 an age is whole seconds, as a number or as in "5min"']
  for (const age of ['-1', '1.5', '"soon"', '"500ms"', 'true']) t.same(problemsOf(`@cache(maxAge: ${age})`), wrong, age)
})
