import t from 'tap'
import { anonymous } from '../../src/identity.ts'
import { ada, compose } from './fixture.ts'

const sdl = `
  enum Size { SMALL LARGE }
  type Query { hello(size: Size): String @public @rest(service: "shop", get: "/hello{?size}") }
`

const knowing = { ...ada, scopes: new Set(['schema:read']) }

const composed = (scopes: string[] | null = ['schema:read']) => {
  return compose(sdl, () => ({ json: 'hi' }), { settings: scopes === null ? {} : { introspection: { scopes } } })
}

const schemaQueries = [
  '{ __schema { queryType { name } } }',
  '{ x: __type(name: "Query") { name } }',
  'query { hello ...F } fragment F on Query { ... { __schema { types { name } } } }',
]

t.test('only clients with the scopes may ask for the schema', async (t) => {
  const { ask, calls } = composed()
  for (const query of schemaQueries) {
    // In this order a kept document, or what was found out about it, would be the other client's.
    for (const as of [knowing, ada, anonymous, knowing, ada]) {
      const { data, errors } = await ask(query, { as })
      if (as === knowing) {
        t.ok(data)
        t.equal(errors, undefined)
      } else {
        t.equal(data, undefined)
        t.match(errors, [{ extensions: { code: 'INTROSPECTION_REFUSED' } }])
      }
    }
  }
  t.equal(calls.length, 2, 'a refused operation calls nothing')
  t.strictSame((await ask('{ __typename hello }', { as: anonymous })).data, { __typename: 'Query', hello: 'hi' })
})

t.test('graphql-over-HTTP clients get a status of their own', async (t) => {
  const { status } = await composed().ask(schemaQueries[0] ?? '', { exchange: { headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' } } })
  t.equal(status, 403)
})

t.test('messages hold no names that the client did not write', async (t) => {
  const { ask } = composed()
  const asked = [
    { query: '{ helo }' },
    { query: '{ hello(sise: SMALL) }' },
    { query: '{ hello(size: SMAL) }' },
    { query: 'query($s: Size) { hello(size: $s) }', variables: { s: 'SMAL' } },
    { query: '{ hello ... on Qery { hello } }' },
  ]
  for (const { query, variables } of asked) {
    for (const as of [knowing, ada, knowing, anonymous]) {
      const { errors = [] } = await ask(query, { as, variables })
      t.equal(errors.length, 1)
      t.match(errors, [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' }, locations: [{}] }])
      t.equal(/Did you mean/.test(String(errors[0]?.message)), as === knowing, String(errors[0]?.message))
    }
  }
})

t.test('left out, everybody may', async (t) => {
  const { ask } = composed(null)
  for (const query of schemaQueries) t.equal((await ask(query, { as: anonymous })).errors, undefined)
  t.match((await ask('{ helo }', { as: anonymous })).errors, [{ message: /Did you mean "hello"\?/ }])
})
