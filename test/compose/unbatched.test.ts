import t, { type Test } from 'tap'
import { bind, compose, limits, resolversIn, type Answers } from './fixture.ts'

const sdl = `
  type Query {
    things(first: Int = 6): [Thing!] @list(max: 9, by: "first") @rest(service: "shop", get: "/things{?first}")
    stock(sku: ID!): Stock @internal @rest(service: "shop", get: "/stock/{sku}")
    coded: Int
  }
  type Mutation { make: [Thing!] @list(max: 9) @rest(service: "shop", post: "/things")  coded: Int }
  type Thing {
    id: ID!  sku: ID @internal
    price: Int @rest(service: "shop", get: "/prices/{parent.sku}") @unbatched(max: 2)
    must: Int! @rest(service: "shop", get: "/must/{parent.id}") @unbatched(max: 2)
    stock: Stock @resolve(query: "stock", args: { sku: "{parent.sku}" }) @unbatched(max: 2)
    found: Stock @lookup(key: "{parent.sku}") @unbatched(max: 2)
    score: Int @unbatched(max: 2)
    thing: Thing @rest(service: "shop", get: "/other/{parent.id}") @unbatched(max: 9)
  }
  type Stock @entity(key: "sku", query: "stock") { sku: ID!  left: Int }
`

const answersOf = (skus: readonly unknown[]): Answers => ({ path }) => {
  const [, kind = '', last] = path.split(/[/?]/)
  if (kind === 'things') return { json: skus.map((sku, index) => ({ id: index + 1, sku })) }
  if (kind === 'other') return { json: { id: Number(last) + 10, sku: `o${last}` } }
  return { json: kind === 'stock' ? { sku: last, left: 1 } : 5 }
}

const coded = () => 1
const score = { calls: 2, resolve: () => 7 }
const asked = (skus: readonly unknown[], calls = limits.calls) => {
  return compose(sdl, answersOf(skus), { operations: { ...limits, calls }, explain: { scopes: [] }, code: { Thing: { score }, Query: { coded }, Mutation: { coded } } })
}

/** By its plan, and field by field, as an operation is that has fields in code. */
const ways = { 'by its plan': '', 'by resolvers': 'coded' }

type Answer = Awaited<ReturnType<typeof answered>>

/** Asks a query both ways. */
async function bothWays(t: Test, query: string, skus: readonly unknown[], check: (t: Test, answer: Answer) => void): Promise<void> {
  for (const [way, more] of Object.entries(ways)) {
    await t.test(way, async (t) => check(t, await answered(query.replace('{', `{ ${more} `), skus)))
  }
}

async function answered(query: string, skus: readonly unknown[]) {
  const { ask, paths, logged } = asked(skus)
  const { data, errors } = await ask(query)
  const told = errors?.map(({ path, message, extensions: { code } }) => [path?.join('.'), code, message])
  return { things: data.things, data, told, logged, paths: paths().map((path) => path.replace('shop GET ', '')).filter((path) => !path.startsWith('/things')) }
}

const refused = (field: string) => `Thing.${field} makes a call for each of its rows, and for at most 2 in one operation. Ask for shorter lists.`

t.test('a field calls for as many rows as it says, and fails on every other', async (t) => {
  await bothWays(t, '{ things { price } }', ['a', 'b', 'c'], (t, { things, told, paths, logged }) => {
    t.strictSame(things, [{ price: 5 }, { price: 5 }, { price: null }])
    t.strictSame(told, [['things.2.price', 'OPERATION_TOO_LARGE', refused('price')]])
    t.strictSame([paths, logged], [['/prices/a', '/prices/b'], []])
  })
})

t.test('equal calls are one, and rows without a key need none', async (t) => {
  await bothWays(t, '{ things { price } }', ['a', 'a', null, 'b', 'a', null], (t, { things, told, paths }) => {
    t.strictSame([things.map(({ price }: { price: unknown }) => price), told], [[5, 5, null, 5, 5, null], undefined])
    t.strictSame(paths, ['/prices/a', '/prices/b'])
  })
})

t.test('an operation has them once, however often it asks for the field', async (t) => {
  await bothWays(t, '{ things { price thing { price } } }', ['a'], (t, { told, paths }) => {
    t.strictSame([told, paths], [undefined, ['/prices/a', '/other/1', '/prices/o1']])
  })
  await bothWays(t, '{ things { price thing { price } } }', ['a', 'b'], (t, { told, paths }) => {
    t.strictSame(told?.map(([path]) => path), ['things.0.thing.price', 'things.1.thing.price'])
    t.strictSame(paths, ['/prices/a', '/other/1', '/prices/b', '/other/2'])
  })
})

for (const field of ['stock', 'found']) {
  t.test(`a field that takes its value from a root field without @batch: ${field}`, async (t) => {
    await bothWays(t, `{ things { ${field} { left } } }`, ['a', 'b', 'c'], (t, { things, told, paths }) => {
      t.strictSame(things, [{ [field]: { left: 1 } }, { [field]: { left: 1 } }, { [field]: null }])
      t.strictSame(told, [[`things.2.${field}`, 'OPERATION_TOO_LARGE', refused(field)]])
      t.strictSame(paths, ['/stock/a', '/stock/b'])
    })
  })
}

t.test('where the field can\'t be null, null travels up', async (t) => {
  await bothWays(t, '{ things { must } }', ['a', 'b', 'c'], (t, { things, told }) => {
    t.strictSame([things, told], [null, [['things.2.must', 'OPERATION_TOO_LARGE', refused('must')]]])
  })
})

t.test('a resolver in code runs for as many rows', async (t) => {
  const { things, told } = await answered('{ things { score } }', ['a', 'b', 'c'])
  t.strictSame(things, [{ score: 7 }, { score: 7 }, { score: null }])
  t.strictSame(told, [['things.2.score', 'OPERATION_TOO_LARGE', refused('score')]])
})

t.test('below a mutation nothing is shared, and every call counts', async (t) => {
  await bothWays(t, 'mutation { make { price } }', ['a', 'a', 'a'], (t, { data: { make }, told, paths }) => {
    t.strictSame(make, [{ price: 5 }, { price: 5 }, { price: null }])
    t.strictSame(told?.map(([path]) => path), ['make.2.price'])
    t.strictSame(paths, ['shop POST /things', '/prices/a', '/prices/a'])
  })
})

t.test('the bound has no more calls than the field may make', async (t) => {
  const bounds: Record<string, [number, ...string[]]> = {
    'query($first: Int) { things(first: $first) { price } }': [3, '1', 'min(min($first, 9), 2)'],
    '{ things(first: 3) { a: price b: price } }': [3, '1', 'min(3, 2)', 'min(3, 2)'],
    '{ things(first: 1) { a: price b: price c: price } }': [3, '1', 'min(1, 2)', 'min(1, 2)', 'min(1, 2)'],
    '{ things(first: 3) { score } }': [5, '1', 'min(3, 2) × 2'],
    '{ things(first: 3) { stock { left } found { left } } }': [5, '1', 'min(3, 2)', 'min(3, 2)'],
    '{ things(first: 3) { thing { price } } }': [6, '1', 'min(3, 9)', 'min(3, 2)'],
  }
  for (const [query, [calls, ...formulas]] of Object.entries(bounds)) {
    const within = await asked(['a'], calls).ask(query, { exchange: explained })
    t.equal(within.errors, undefined, query)
    // Fields in code are executed beside their plan, which is not told then.
    if (!query.includes('score')) t.strictSame(within.extensions.sluice.plan.fields.map(({ formula }: Formula) => formula), formulas, query)
    t.match((await asked(['a'], calls - 1).ask(query)).errors, [{ message: new RegExp(`up to ${calls} calls`), extensions: { code: 'OPERATION_TOO_LARGE' } }], query)
  }
})

interface Formula {
  readonly formula: string
}

const explained = { headers: { 'content-type': 'application/json', accept: 'application/json', 'x-sluice-explain': 'plan' } }

t.test('where it makes no sense it is refused at start-up', (t) => {
  const batched = 'us(ids: [ID!]!): [T] @internal @rest(service: "shop", get: "/t{?ids}") @batch(arg: "ids", key: "id", max: 9)'
  const cases: Record<string, string> = {
    'id: ID! @unbatched(max: 1)': '3:11: T.id makes no calls that @unbatched could bound; remove it',
    'id: ID!  o: Int @rest(service: "shop", get: "/o/{parent.id}") @unbatched(max: 0)': '3:89: a bound on calls is at least 1',
    'id: ID!  o: T @resolve(query: "us", args: { ids: "{parent.id}" }) @unbatched(max: 1)': '3:20: T.o finds many at once already; remove @unbatched',
  }
  for (const [field, problem] of Object.entries(cases)) {
    t.strictSame(problems(`type Query { ts: [T] @list(max: 9) @rest(service: "shop", get: "/x")\n ${batched} }\n type T { ${field} }`), [problem])
  }
  t.strictSame(problems('type Query {\n a: Int @rest(service: "shop", get: "/x") @unbatched(max: 1) }'), ['2:2: Query.a is in no list; put @unbatched on the fields that take their value from it'])
  const coded = { T: { id: { calls: 1, max: 5, load: () => [] } } }
  t.strictSame(problems('type Query { ts: [T] @list(max: 9) @rest(service: "shop", get: "/x") }\n type T { id: ID @unbatched(max: 1) }', coded), ['2:11: T.id finds many at once already; remove @unbatched'])
  t.strictSame(problems('type Query { ts: [T] @list(max: 9) @rest(service: "shop", get: "/x") }\n type T { id: ID @unbatched(max: 1) }', { T: { id: () => 1 } }), ['2:11: T.id makes no calls that @unbatched could bound; remove it'])
  t.end()
})

function problems(text: string, code: object = {}): string[] {
  const loaded = bind(text, { shop: {} }, resolversIn(code))
  return 'bound' in loaded ? [] : loaded.problems.map(({ line, column, message }) => `${line}:${column}: ${message}`)
}
