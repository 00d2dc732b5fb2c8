import fc from 'fast-check'
import t from 'tap'
import { compose, limits } from './fixture.ts'

const sdl = `
  type Query {
    node(id: Int!): Node @rest(service: "shop", get: "/nodes/{id}")
    nodes(ids: [Int!]!): [Node] @internal @rest(service: "shop", get: "/nodes{?ids*}") @batch(arg: "ids", key: "id", max: 3)
  }
  type Node @entity(key: "id", query: "nodes") {
    id: Int!  left: Int @internal  rest: [Int] @internal
    next: Node @lookup(key: "{parent.left}")
    others: [Node] @list(max: 9) @lookup(key: "{parent.rest}")
  }
`

interface Data { id: number, left: number | null, rest: (number | null)[] | null }
interface Query { field: 'next' | 'others', below: Query[] }
type Answer = Record<string, unknown> | null

const id = fc.option(fc.nat(9), { nil: null })
const graph = fc.array(fc.record({ left: id, rest: fc.option(fc.array(id, { maxLength: 4 }), { nil: null }) }), { minLength: 1, maxLength: 8 })
  .map((nodes): Data[] => nodes.map((node, index) => ({ id: index, ...node })))
const queryOf = (depth: number): fc.Arbitrary<Query> => fc.record({
  field: fc.constantFrom('next' as const, 'others' as const),
  below: depth === 0 ? fc.constant([]) : fc.array(queryOf(depth - 1), { maxLength: 2 }),
})
const query = queryOf(4)

function write(queries: readonly Query[]): string {
  const parts = queries.map(({ field, below }, index) => `x${index}: ${field} ${write(below)}`)
  return `{ ${['id', ...parts].join(' ')} }`
}

/** What the answer must be, found without any batching. */
function walk(nodes: readonly Data[], at: number | null, queries: readonly Query[]): Answer {
  const node = at === null ? undefined : nodes[at]
  if (node === undefined) return null
  const parts = queries.map(({ field, below }, index) => {
    const value = field === 'next' ? walk(nodes, node.left, below) : node.rest?.map((key) => walk(nodes, key, below)) ?? null
    return [`x${index}`, value] as const
  })
  return { id: node.id, ...Object.fromEntries(parts) }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

t.test('whatever the graph, the query and the order of answers: the same data, and no key is asked for twice', async () => {
  await fc.assert(fc.asyncProperty(graph, fc.array(fc.nat(9), { minLength: 1, maxLength: 3 }), fc.array(query, { maxLength: 3 }), fc.infiniteStream(fc.nat(4)), async (nodes, starts, queries, delays) => {
    const { ask, calls } = compose(sdl, ({ path }) => {
      const url = new URL(path, 'http://x')
      const wait = turns(delays.next().value ?? 0)
      const keys = url.searchParams.getAll('ids').map(Number)
      if (keys.length > 0) return { json: nodes.filter((node) => keys.includes(node.id)).toReversed(), after: wait }
      const node = nodes[Number(url.pathname.split('/')[2])]
      return node === undefined ? { status: 404, after: wait } : { json: node, after: wait }
    }, { operations: { ...limits, calls: 1e12, aliases: 1000 } })
    const { data, errors } = await ask(`{ ${starts.map((start, index) => `s${index}: node(id: ${start}) ${write(queries)}`).join(' ')} }`)
    const expected = Object.fromEntries(starts.map((start, index) => [`s${index}`, walk(nodes, start, queries)]))
    const asked = calls.flatMap(({ path }) => new URL(path, 'http://x').searchParams.getAll('ids'))
    return errors === undefined && JSON.stringify(data) === JSON.stringify(expected) && new Set(asked).size === asked.length
  }), { numRuns: 150 })
})

t.test('when an answer is complete, no further call is made for it', async (t) => {
  let release: () => void = () => undefined
  const held = new Promise<void>((resolve) => { release = resolve })
  const { ask, paths, logged } = compose(`
    type Query { a: Thing! @rest(service: "shop", get: "/a")  b: Thing! @rest(service: "shop", get: "/b")
      things(ids: [ID!]!): [Thing]! @internal @rest(service: "shop", get: "/things{?ids}") @batch(arg: "ids", key: "id", max: 9) }
    type Thing @entity(key: "id", query: "things") { id: ID!  next: Thing @lookup(key: "{parent.id}")  note: String @rest(service: "shop", get: "/notes/{parent.id}") }
  `, ({ path }) => path === '/a' ? { status: 500 } : { json: { id: 1 }, after: held })
  const { data } = await ask('{ a { id } b { next { id } note } }')
  t.equal(data, null)
  release()
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
  t.strictSame(paths(), ['shop GET /a', 'shop GET /b'])
  t.strictSame(logged, [])
})
