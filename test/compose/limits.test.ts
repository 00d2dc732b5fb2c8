import { parse, Kind, visit, type DocumentNode, type SelectionSetNode } from 'graphql'
import t from 'tap'
import { measureDocument, parseWithin } from '../../src/compose/limits.ts'
import { bind, compose, exchange, limits } from './fixture.ts'

const sdl = `
  type Query {
    hello(name: String): String @public @rest(service: "shop", get: "/hello{?name}")
    things(first: Int = 10): [Thing!]! @list(max: 50, by: "first") @public @rest(service: "shop", get: "/things{?first}")
    byIds(ids: [ID!]!): [Thing]! @internal @public @rest(service: "shop", get: "/many{?ids}") @batch(arg: "ids", key: "id", max: 100)
    report: Report @public @cost(weight: 20) @rest(service: "shop", get: "/report")
    free: String @public @cost(weight: 0) @rest(service: "shop", get: "/free")
  }
  type Report { title: String  pages: [Page!]! @list(max: 5) }
  type Page { text: String  image: String @cost(weight: 3) }
  type Thing @entity(key: "id", query: "byIds") { id: ID!  weight: Int @cost(weight: 2)  next: Thing @public @lookup(key: "{parent.id}") }
  type Mutation { change: String @public @rest(service: "shop", post: "/change") }
`

const composed = (operations: Partial<typeof limits>) => compose(sdl, () => ({ json: 'hi' }), { operations: { ...limits, ...operations } })

async function refusalOf(query: string, operations: Partial<typeof limits>, variables?: unknown): Promise<string | undefined> {
  const { ask, calls } = composed(operations)
  const { errors } = await ask(query, { variables })
  const refused = errors?.find(({ extensions }) => extensions['code'] === 'OPERATION_TOO_LARGE')
  if (refused !== undefined && calls.length > 0) throw new Error('a refused operation made a call')
  return refused?.message
}

t.test('directives count wherever they stand, as often as fragments repeat them', async (t) => {
  const query = `query A($a: Boolean = true) {
    ...F @include(if: $a) ... @include(if: $a) { x: hello } y: hello @skip(if: false) ...F
  } fragment F on Query { hello @include(if: true) }`
  t.equal(await refusalOf(query, { directives: 4 }), 'The operation has 5 directives; at most 4 are allowed.')
  t.equal(await refusalOf(query, { directives: 5 }), undefined)
})

t.test('root fields count by their names in the answer, those of fragments too', async (t) => {
  const query = '{ hello hello ...F ... { b: hello } } fragment F on Query { a: hello ...G } fragment G on Query { hello }'
  t.equal(await refusalOf(query, { rootFields: 2 }), 'The operation has 3 root fields; at most 2 are allowed.')
  t.equal(await refusalOf(query, { rootFields: 3 }), undefined)
  t.match(await refusalOf('mutation { change b: change }', { rootFields: 1 }), /2 root fields/)
})

t.test('the cost is what fields weigh, as often as the lists above them make it', async (t) => {
  const costs = async (query: string, cost: number, variables?: unknown) => {
    t.equal(await refusalOf(query, { cost }, variables), undefined, `${query} costs no more than ${cost}`)
    t.match(await refusalOf(query, { cost: cost - 1 }, variables), new RegExp(`could cost up to ${cost};`), `${query} costs ${cost}`)
  }
  await costs('{ hello a: hello }', 2)
  await costs('{ things { id weight } }', 1 + 10 * 2)
  await costs('query($n: Int) { things(first: $n) { weight next { weight } } }', 1 + 7 * (2 + 1 + 2), { n: 7 })
  await costs('{ report { title pages { text image } } free hello }', 20 + 5 * 3 + 1)
  await costs('mutation { change b: change }', 2)
  t.equal(await refusalOf('{ free }', { cost: 1 }), undefined)
  t.equal(await refusalOf('{ report { pages { image } } }', {}), undefined, 'no setting, no bound')
})

t.test('who asks for the schema, too, is told the same', async (t) => {
  t.match(await refusalOf('{ __schema { queryType { name } } report { title } }', { cost: 19 }), /could cost up to 20/)
  t.equal(await refusalOf('{ __schema { queryType { name } } __typename }', { cost: 1 }), undefined)
})

t.test('what a weight needs to be counted', async (t) => {
  const loaded = bind(`
    type Query { all: [Thing] @rest(service: "shop", get: "/all") one: Thing @cost(weight: -1) @rest(service: "shop", get: "/one") }
    type Thing { image: String @cost(weight: 2) }
  `, { shop: {} })
  t.strictSame('problems' in loaded ? loaded.problems.map(({ line, message }) => `${line}: ${message}`) : [], ['2: a weight is at least 0'])
  const endless = bind('type Query { all: [Thing] @rest(service: "shop", get: "/all") } type Thing { image: String @cost(weight: 2) }', { shop: {} })
  t.match(endless, { problems: [{ message: 'Query.all is a list above fields with a @cost; say how long it can be with @list(max: …)' }] })
})

/** Counts how often any selections of a document are looked at. */
function counted(document: DocumentNode): { document: DocumentNode, visits: () => number, sets: number } {
  let [visits, sets] = [0, 0]
  const watched = visit(document, {
    [Kind.SELECTION_SET]: {
      leave(node): SelectionSetNode {
        sets += 1
        const { selections, ...rest } = node
        return Object.defineProperty({ ...rest, selections }, 'selections', { get: () => (visits++, selections) })
      },
    },
  })
  visits = 0
  return { document: watched, visits: () => visits, sets }
}

t.test('a small document that stands for 2^40 fields is refused after it was looked at once', async (t) => {
  const fragments = Array.from({ length: 40 }, (_, index) => `fragment F${index} on Thing{...F${index + 1} ...F${index + 1}}`)
  const text = `{things{...F0}} ${fragments.join(' ')} fragment F40 on Thing{id}`
  t.ok(text.length < 2048, `${text.length} bytes`)
  const { document, visits, sets } = counted(parse(text))
  t.match(measureDocument(document, limits), { message: /more than 2000 fields/, extensions: { code: 'OPERATION_TOO_LARGE' } })
  t.equal(sets, 43)
  t.ok(visits() <= 2 * sets, `${visits()} looks at ${sets} sets of selections`)
  const { ask, calls } = composed({})
  t.match((await ask(text)).errors, [{ extensions: { code: 'OPERATION_TOO_LARGE' } }])
  t.equal(calls.length, 0)
})

t.test('so is one that multiplies directives, aliases or depth', async (t) => {
  const text = (last: string, spread = '') => {
    const fragments = Array.from({ length: 30 }, (_, index) => `fragment F${index} on Thing{...F${index + 1}${spread} ...F${index + 1}}`)
    return `{things{...F0}} ${fragments.join(' ')} fragment F30 on Thing{${last}}`
  }
  const messageOf = (source: string) => {
    const { document, visits, sets } = counted(parse(source))
    const message = measureDocument(document, limits)?.message
    t.ok(visits() <= 2 * sets)
    return message
  }
  t.match(messageOf(text('x:id')), /1073741824 aliases/)
  t.match(messageOf(text('id', '@include(if:true)')), /directives/)
})

t.test('several operations in one request are refused, whatever they are', async (t) => {
  const { endpoint, calls } = composed({})
  const batch = JSON.stringify([{ query: '{ hello }' }, { query: '{ hello }' }])
  const { status, body } = await endpoint.handle(exchange(), Buffer.from(batch))
  t.equal(status, 400)
  t.match(JSON.parse(String(body)), { errors: [{ message: 'The body is a list; send one operation a request.', extensions: { code: 'BAD_REQUEST' } }] })
  t.equal((await endpoint.handle(exchange(), Buffer.from('[]'))).status, 400)
  t.equal(calls.length, 0)
})

t.test('what is parsed holds no comments and no more tokens than are counted', (t) => {
  const document = parseWithin(`${'#\n'.repeat(8000)}{ hello # ${'x'.repeat(8000)}\n}`, limits)
  const reached = new Set<unknown>()
  for (let token = document.loc?.startToken ?? null; token !== null && !reached.has(token); token = token.next) reached.add(token)
  t.ok(reached.size <= Number(document.tokenCount) + 2, `${reached.size} tokens can be reached`)
  t.end()
})
