import t from 'tap'
import { TestClock } from '../../clock.ts'
import { startWorld } from './world.ts'

const same = '{ thing(id: 1) { id told } }'
const alike = '{ thing(id: 1) { told id } }'

/** Whole queries are shared by the first, calls by the second. */
const documents: [string, string, string][] = [['queries', same, same], ['calls', same, alike]]

for (const [kind, first, second] of documents) {
  t.test(`${kind}: who began leaves, and nobody else notices`, async (t) => {
    const world = await startWorld(t)
    const leaving = new AbortController()
    const one = world.ask({ query: first, signal: leaving.signal })
    await world.taken(1)
    const two = world.ask({ query: second })
    await world.taken(2)
    leaving.abort()
    await t.rejects(one)
    await world.lines.when(({ cut }) => cut === true)
    world.held[0]?.answer()
    t.match((await two).json, { data: { thing: { id: '/things/1' } }, errors: undefined })
    t.equal(world.seen.length, 1)
  })

  t.test(`${kind}: who joined leaves, and nobody else notices`, async (t) => {
    const world = await startWorld(t)
    const leaving = new AbortController()
    const one = world.ask({ query: first })
    await world.taken(1)
    const two = world.ask({ query: second, signal: leaving.signal })
    await world.taken(2)
    leaving.abort()
    await t.rejects(two)
    await world.lines.when(({ cut }) => cut === true)
    world.held[0]?.answer()
    t.match((await one).json, { data: { thing: { id: '/things/1' } }, errors: undefined })
  })

  t.test(`${kind}: when the last has left, the service sees the end`, async (t) => {
    const world = await startWorld(t)
    const leaving = [new AbortController(), new AbortController()]
    const asked = [first, second].map(async (query, index) => {
      await world.taken(index)
      return world.ask({ query, ...(leaving[index] === undefined ? {} : { signal: leaving[index].signal }) })
    })
    await world.taken(2)
    for (const each of leaving) each.abort()
    await Promise.allSettled(asked)
    await world.held[0]?.gone
    const later = world.ask({ query: first })
    await world.taken(3)
    t.equal(world.seen.length, 2, 'whoever comes later begins anew')
    world.held[1]?.answer()
    t.notOk((await later).json.errors)
  })

  t.test(`${kind}: what comes after the answer begins anew`, async (t) => {
    const world = await startWorld(t)
    const one = world.ask({ query: first })
    await world.taken(1)
    world.held[0]?.answer({ id: 'old' })
    t.equal((await one).json.data.thing.id, 'old')
    const two = world.ask({ query: second })
    await world.taken(2)
    world.held[1]?.answer({ id: 'new' })
    t.equal((await two).json.data.thing.id, 'new')
  })

  t.test(`${kind}: a failure of the service is everybody's`, async (t) => {
    const world = await startWorld(t)
    const one = world.ask({ query: first })
    await world.taken(1)
    const two = world.ask({ query: second })
    await world.taken(2)
    world.held[0]?.answer({ detail: 'broken' }, 422)
    for (const { json } of await Promise.all([one, two])) {
      t.match(json, { data: { thing: null }, errors: [{ message: /422: broken/, path: ['thing'], extensions: { code: 'SERVICE_ERROR', service: 'shop', status: 422 } }] })
    }
    t.equal(world.seen.length, 1)
  })
}

t.test('everybody has their own time', async (t) => {
  const clock = new TestClock()
  const world = await startWorld(t, { clock, shop: 'share: { ignore: [x-forwarded-for] }\n    timeout: { total: 3s }' })
  const one = world.ask({ query: same })
  await world.taken(1)
  clock.advance(2000)
  const two = world.ask({ query: alike })
  await world.taken(2)
  clock.advance(1000)
  t.match((await one).json, { data: { thing: null }, errors: [{ extensions: { code: 'SERVICE_TIMEOUT', service: 'shop' } }] })
  clock.advance(1999)
  world.held[0]?.answer({ id: 'late' })
  t.match((await two).json, { data: { thing: { id: 'late' } }, errors: undefined })
  t.equal(world.seen.length, 1)
})

t.test('a query that joined another goes on when that one ran out of time', async (t) => {
  const clock = new TestClock()
  const world = await startWorld(t, { clock, shop: 'share: { ignore: [x-forwarded-for] }\n    timeout: { total: 3s }' })
  const one = world.ask({})
  await world.taken(1)
  clock.advance(2000)
  const two = world.ask({})
  await world.taken(2)
  clock.advance(1000)
  t.match((await one).json, { errors: [{ extensions: { code: 'SERVICE_TIMEOUT' } }] })
  await world.taken(3)
  world.held[1]?.answer({ id: 'late' })
  t.match((await two).json, { data: { thing: { id: 'late' } }, errors: undefined })
})

t.test('the service sees the end when the last one ran out of time', async (t) => {
  const clock = new TestClock()
  const world = await startWorld(t, { clock, shop: 'share: { ignore: [x-forwarded-for] }\n    timeout: { total: 3s }' })
  const asked = [world.ask({ query: same }), world.ask({ query: alike })]
  await world.taken(2)
  clock.advance(3000)
  for (const { json } of await Promise.all(asked)) t.match(json, { errors: [{ extensions: { code: 'SERVICE_TIMEOUT' } }] })
  await world.held[0]?.gone
})

t.test('later calls of a query are shared, too, by whoever makes them', async (t) => {
  const world = await startWorld(t)
  const one = world.ask({ query: '{ thing(id: 1) { next { id } } }' })
  const two = world.ask({ query: '{ thing(id: 2) { next { id } } }' })
  await world.taken(2)
  for (const held of world.held) held.answer({ nextId: '3' })
  await world.taken(4)
  t.equal(world.joined.calls, 1)
  world.held[2]?.answer({ id: 'three' })
  t.same((await Promise.all([one, two])).map(({ json }) => json.data.thing.next.id), ['three', 'three'])
})
