import t, { type Test } from 'tap'
import { startWorld, type World } from './world.ts'

const read = '{ thing(id: 1) { version } }'
const alike = '{ thing(id: 1) { version id } }'

/** Begins a read that sees nothing of what is written next, and hands it to a test. */
async function begin(t: Test, write: (world: World) => Promise<unknown>, settings = {}) {
  const world = await startWorld(t, settings)
  const before = world.ask({ query: read, key: 'ada' })
  await world.taken(1)
  const written = write(world)
  await world.taken(2)
  return { world, before, written }
}

const writes: [string, (world: World) => Promise<unknown>][] = [
  ['a mutation', (world) => world.ask({ query: 'mutation { change(id: 1) { id } }', key: 'ada' })],
  ['a REST route', (world) => world.rest('PUT', '/things/1', 'ada')],
  ['another client', (world) => world.rest('POST', '/things/1', 'bob')],
  ['a POST of a query', (world) => world.ask({ query: '{ search(q: "a") { id } }' })],
]

for (const [name, write] of writes) {
  for (const status of [200, 500]) {
    t.test(`what began before a write by ${name} ended with ${status} is given to nobody later`, async (t) => {
      const { world, before, written } = await begin(t, write)
      world.held[1]?.answer({ id: 1 }, status)
      await written
      const after = [read, alike].map((query) => world.ask({ query, key: 'ada' }))
      await world.taken(4)
      t.same([world.seen.length, world.joined], [3, { calls: 1, operations: 0 }])
      world.held[0]?.answer({ version: 1 })
      world.held[2]?.answer({ version: 2 })
      t.equal((await before).json.data.thing.version, 1)
      t.same((await Promise.all(after)).map(({ json }) => json.data.thing.version), [2, 2])
    })
  }
}

t.test('a write that the client gave up, too', async (t) => {
  const leaving = new AbortController()
  const { world, before, written } = await begin(t, (world) => world.ask({ query: 'mutation { change(id: 1) { id } }', signal: leaving.signal }).catch(() => undefined))
  leaving.abort()
  await written
  await world.held[1]?.gone
  const after = world.ask({ query: read })
  await world.taken(3)
  t.equal(world.seen.length, 3)
  for (const held of world.held) held.answer({ version: 1 })
  await Promise.all([before, after])
})

t.test('reads and refused writes end nothing, nor do writes to other services', async (t) => {
  const world = await startWorld(t, {
    shop: 'share: { ignore: [x-forwarded-for] }\n    access: [{ methods: [POST], path: /things/*, scopes: [none] }]',
    sdl: `type Query { thing(id: ID!): Thing @public @rest(service: "shop", get: "/things/{id}") }
      type Mutation { note: Thing @public @rest(service: "alone", post: "/notes") } type Thing { id: ID }`,
  })
  const first = world.ask({ query: '{ thing(id: 1) { id } }' })
  await world.taken(1)
  t.equal(await world.rest('POST', '/things/1', 'ada'), 403)
  const others = [world.rest('GET', '/things/2'), world.ask({ query: 'mutation { note { id } }' })]
  await world.taken(3)
  for (const held of world.held.slice(1)) held.answer()
  await Promise.all(others)
  const second = world.ask({ query: '{ thing(id: 1) { id } }' })
  await world.taken(4)
  t.same([world.seen.length, world.joined.operations], [3, 1])
  world.held[0]?.answer()
  await Promise.all([first, second])
})

t.test('calls under Mutation neither join nor are joined', async (t) => {
  const world = await startWorld(t)
  const query = world.ask({ query: '{ thing(id: 2) { id } }' })
  await world.taken(1)
  const mutation = world.ask({ query: 'mutation { change(id: 1) { next { id } } }' })
  await world.taken(2)
  world.held[1]?.answer({ nextId: '2' })
  await world.taken(3)
  t.equal(world.seen.length, 3, 'the read below the mutation is its own')
  const later = world.ask({ query: '{ thing(id: 2) { id version } }' })
  await world.taken(4)
  t.equal(world.seen.length, 4)
  for (const held of world.held) held.answer()
  await Promise.all([query, mutation, later])
})

t.test('a write that an old gateway ends counts in the new one', async (t) => {
  const world = await startWorld(t)
  const written = world.rest('POST', '/things/1')
  await world.taken(1)
  world.write({ 'routes/more.yaml': 'routes: { more: { match: { path: /more }, respond: { status: 204 } } }' })
  await world.reloader.reload()
  const before = world.ask({ query: read })
  await world.taken(2)
  world.held[0]?.answer()
  await written
  const after = world.ask({ query: read })
  await world.taken(3)
  t.equal(world.seen.length, 3)
  for (const held of world.held) held.answer({ version: 1 })
  await Promise.all([before, after])
})
