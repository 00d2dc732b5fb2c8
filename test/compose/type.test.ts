import { getOperationAST, parse } from 'graphql'
import t, { type Test } from 'tap'
import { resultOf } from '../../src/compose/executed.ts'
import { buildExecutor } from '../../src/compose/execute.ts'
import { systemClock } from '../../src/clock.ts'
import { ada, bind, exchange, recordingServices, type Answers } from './fixture.ts'

const services = { shop: {}, snake: { naming: 'snake_case' as const } }

const sdl = `
  interface Media @type(field: "mediaKind", values: { book: "Book", film: "Film" }) { mediaKind: String  id: ID! }
  type Book implements Media { mediaKind: String  id: ID!  pages: Int  authorId: ID @internal @map(from: "by")  author: Author @lookup(key: "{parent.authorId}") }
  type Film implements Media { mediaKind: String  id: ID!  minutes: Int @map(from: "length") }
  union Hit @type(field: "meta.sort", values: [{ value: 1, type: "Book" }, { value: "a-b", type: "Author" }, { value: true, type: "Film" }]) = Book | Author | Film
  union Named @type(field: "what") = Book | Author
  union Own = Book | Author
  type Author @entity(key: "id", query: "authors") { id: ID!  name: String }
  type Query {
    all: [Media] @list(max: 9) @rest(service: "snake", get: "/all")
    must: [Media!] @list(max: 9) @rest(service: "snake", get: "/must")
    hits: [Hit] @list(max: 9) @rest(service: "shop", get: "/hits")
    named: [Named] @list(max: 9) @rest(service: "shop", get: "/named")
    own: [Own] @list(max: 9) @rest(service: "shop", get: "/own")
    authors(ids: [ID!]!): [Author]! @internal @rest(service: "shop", get: "/authors{?ids}") @batch(arg: "ids", key: "id", max: 9)
  }
`

const said: Record<string, unknown> = {
  '/all': [{ media_kind: 'book', id: 1, pages: 3, by: 7 }, { media_kind: 'film', id: 2, length: 90 }, { media_kind: 'song', id: 3 }, { id: 4 }, { media_kind: ['book'] }, { mediaKind: 'book', id: 5 }],
  '/must': [{ media_kind: 'film', id: 2 }, { media_kind: 'constructor', id: 3 }],
  '/hits': [{ meta: { sort: 1 }, id: 1, by: 8 }, { meta: { sort: '1' }, id: 2 }, { meta: { sort: 'a-b' }, name: 'x', id: 3 }, { meta: { sort: true }, id: 4, length: 1 }, { meta: null }, { meta: { sort: 'Book' } }],
  '/named': [{ what: 'Book', id: 1 }, { what: 'Author', id: 2 }, { what: 'Film', id: 3 }, { what: 1 }],
  '/own': [{ __typename: 'Book', id: 1, by: 9 }, { __typename: 'Author', id: 2 }, { __typename: 'Query' }],
}
const answers: Answers = ({ path }) => ({ json: said[path] ?? [7, 8, 9].map((id) => ({ id, name: `A${id}` })) })

/** Asks by plan and by resolvers alone; both have to give the same. */
async function ask(t: Test, query: string) {
  const results = []
  for (const plans of [true, false]) {
    const loaded = bind(sdl, services)
    if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems))
    const recording = recordingServices(Object.keys(services), answers)
    const execute = buildExecutor({ bound: loaded.bound, calls: { services: recording.services, most: 50, clock: systemClock }, mostFields: 500, resolver: 30_000, answer: 1e9, log: { error: (about: object) => t.fail(JSON.stringify(about)) }, plans })
    const document = parse(query)
    t.ok(getOperationAST(document))
    const result = resultOf(await execute(exchange({ identity: ada }), { schema: loaded.bound.schema, document }))
    results.push({ text: JSON.stringify(result), paths: recording.paths(), result: JSON.parse(JSON.stringify(result)) })
  }
  const [byPlan, byResolvers] = results
  t.equal(byPlan!.text, byResolvers!.text)
  t.strictSame(byPlan!.paths, byResolvers!.paths)
  return byPlan!
}

const fields = '__typename ... on Book { id pages author { name } } ... on Film { id minutes } ... on Author { id name }'

t.test('a field of the interface tells the type, in the service\'s writing', async (t) => {
  const { result: { data, errors }, paths } = await ask(t, '{ all { __typename id ... on Book { pages author { name } } ... on Film { minutes } } }')
  t.same(data.all, [
    { __typename: 'Book', id: '1', pages: 3, author: { name: 'A7' } }, { __typename: 'Film', id: '2', minutes: 90 }, null, null, null, null,
  ])
  t.strictSame(paths, ['snake GET /all', 'shop GET /authors?ids=7'])
  t.match(errors, [2, 3, 4, 5].map((index) => ({ path: ['all', index], extensions: { code: 'SERVICE_ANSWER_INVALID' } })))
})

t.test('where none may be null, one of no known type makes the list null', async (t) => {
  const { result: { data, errors } } = await ask(t, '{ must { id } }')
  t.same(data, { must: null })
  t.match(errors, [{ path: ['must', 1], extensions: { code: 'SERVICE_ANSWER_INVALID' } }])
})

t.test('a union\'s path in the answer, values of any kind, and names of types themselves', async (t) => {
  const { result: { data } } = await ask(t, `{ hits { ${fields} } named { ... on Book { id } ... on Author { id } } own { __typename ... on Book { author { name } } } }`)
  t.same(data.hits, [
    { __typename: 'Book', id: '1', pages: null, author: { name: 'A8' } }, { __typename: 'Book', id: '2', pages: null, author: null },
    { __typename: 'Author', id: '3', name: 'x' }, { __typename: 'Film', id: '4', minutes: 1 }, null, null,
  ])
  t.same(data.named, [{ id: '1' }, { id: '2' }, null, null])
  t.same(data.own, [{ __typename: 'Book', author: { name: 'A9' } }, { __typename: 'Author' }, null])
})

t.test('what can\'t work is said with its place', (t) => {
  const call = '@rest(service: "shop", get: "/x")'
  const schema = (media: string, more = '') => `type Query { m: M ${call} }\n${media}\ntype A implements I { kind: String }\ntype B implements I { kind: String }\n${more}`
  const union = (type: string) => schema(`union M ${type} = A | B\ninterface I { kind: String }`)
  const cases: Record<string, string> = {
    [union('@type(field: "kind", values: { a: "A", b: "Bb" })')]: '2:51: there is no type "Bb"; did you mean "B"?',
    [union('@type(field: "kind", values: { a: "A", b: "Query" })')]: '2:51: Query is no M; add Query to the union',
    [union('@type(field: "kind", values: { a: "A", b: "I" })')]: '2:51: I is no object type; did you mean "A"?',
    [union('@type(field: "kind", values: { a: 1 })')]: '2:43: the values name their types, as in { book: "Book" } or [{ value: "e-book", type: "Book" }]',
    [union('@type(field: "kind", values: "a")')]: '2:38: the values name their types, as in { book: "Book" } or [{ value: "e-book", type: "Book" }]',
    [union('@type(field: "kind", values: [{ value: 1, type: "A" }, { value: "1", type: "B" }])')]: '2:84: "1" stands for two types; keep one',
    [union('@type(values: { a: "A" })')]: '2:9: Directive "@type" argument "field" of type "String!" is required, but it was not provided',
    [union('@type(field: "a..b")')]: '2:22: a path in the answer is names with dots between, as in "address.city"',
    [schema('interface M @type(field: "knd") { kind: String }\ninterface I { kind: String }').replaceAll('implements I', 'implements I & M')]: '2:26: M has no field "knd"; did you mean "kind"?',
    [schema('interface M { kind: String @auth(scopes: ["x"]) }\ninterface I { kind: String }').replaceAll('implements I', 'implements I & M')]: '2:28: @auth does nothing on an interface, whose bindings nobody inherits; write it on the types that implement M',
  }
  for (const [text, problem] of Object.entries(cases)) {
    const loaded = bind(text, services)
    const found = 'problems' in loaded ? loaded.problems.map(({ line, column, message }) => `${line}:${column}: ${message}`) : []
    t.strictSame(found, [problem], text)
  }
  t.end()
})

t.test('a mapped field of an interface may tell the type', async (t) => {
  const mapped = sdl.replace('{ mediaKind: String  id: ID! }', '{ mediaKind: String @map(from: "about.kind")  id: ID! }')
  const loaded = bind(mapped, services)
  t.match(loaded, { bound: {} })
  if ('bound' in loaded) t.same(loaded.bound.types.get('Media')?.from['snake_case'], ['about', 'kind'])
})
