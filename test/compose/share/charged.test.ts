import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startWorld, type World } from './world.ts'

const query = '{ thing(id: 1) { id next { id } } }'

/** A world whose clients may make four calls. */
async function startLimited(t: Test): Promise<World & { left: (key: string) => Promise<string | undefined> }> {
  const world = await startWorld(t, { more: 'limits: { heavy: { by: identity.subject, rate: 4/d, cost: calls } }' })
  const config = readFileSync(join(world.dir, 'routes/gateway.yaml'), 'utf8')
  world.write({ 'routes/gateway.yaml': config.replace('required: false } }', 'required: false }, limits: [heavy] }') })
  t.match(await world.reloader.reload(), { taken: true })
  const left = async (key: string) => {
    const { headers } = await world.ask({ query: '{ __typename }', key })
    return /^"heavy";r=(\d+);/.exec(headers.get('ratelimit') ?? '')?.[1]
  }
  return { ...world, left }
}

t.test('calls are paid for by whoever made them', async (t) => {
  const world = await startLimited(t)
  const one = world.ask({ query, key: 'ada' })
  await world.taken(1)
  const two = world.ask({ query, key: 'bob' })
  await world.taken(2)
  world.held[0]?.answer({ id: 1, nextId: 2 })
  await world.taken(3)
  world.held[1]?.answer({ id: 2 })
  t.strictSame([(await one).json.data.thing.next, (await two).json.data.thing.next], [{ id: '2' }, { id: '2' }])
  t.strictSame([await world.left('ada'), await world.left('bob')], ['2', '4'])
})

t.test('who leaves while others still wait pays for what follows, too', async (t) => {
  const world = await startLimited(t)
  const leaving = new AbortController()
  const one = world.ask({ query, key: 'ada', signal: leaving.signal })
  await world.taken(1)
  const two = world.ask({ query, key: 'bob' })
  await world.taken(2)
  leaving.abort()
  await t.rejects(one)
  await world.lines.when(({ cut }) => cut === true)
  world.held[0]?.answer({ id: 1, nextId: 2 })
  await world.taken(3)
  world.held[1]?.answer({ id: 2 })
  t.strictSame((await two).json.data.thing.next, { id: '2' })
  t.strictSame([await world.left('ada'), await world.left('bob')], ['2', '4'])
})
