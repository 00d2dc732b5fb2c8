import t from 'tap'
import { startWorld } from './world.ts'

const rules = 'share: { ignore: [x-forwarded-for] }\n    access: [{ path: /guarded, scopes: [secret] }]'

for (const first of ['cleo', 'ada']) {
  t.test(`only those who may are given it, when ${first} asks first`, async (t) => {
    const world = await startWorld(t, { shop: rules })
    const second = first === 'ada' ? 'cleo' : 'ada'
    const ask = (field: string, key?: string) => world.ask({ query: `{ ${field} { id } }`, ...(key === undefined ? {} : { key }) })
    for (const field of ['guarded', 'secret']) {
      const before = world.seen.length + world.joined.calls + world.joined.operations
      const asked = [ask(field, first), ask(field, second), ask(field, 'dan'), ask(field)]
      await world.taken(before + 2)
      world.held.at(-1)?.answer({ id: 'told' })
      const answers = (await Promise.all(asked)).map(({ json }) => json)
      const [ada, cleo] = first === 'ada' ? answers : [answers[1], answers[0]]
      t.match(ada, { data: { [field]: null }, errors: [{ extensions: { code: 'FORBIDDEN' } }] })
      t.match(cleo, { data: { [field]: { id: 'told' } }, errors: undefined })
      t.match(answers[2], { data: { [field]: { id: 'told' } }, errors: undefined })
      t.match(answers[3], { data: { [field]: null }, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
    }
    t.equal(world.seen.length, 2)
  })
}

t.test('one may have a part, another all: the part that both may have is one call', async (t) => {
  const world = await startWorld(t)
  const query = '{ thing(id: 1) { id } secret { id } }'
  const asked = [world.ask({ query, key: 'cleo' }), world.ask({ query, key: 'ada' })]
  await world.taken(3)
  for (const held of world.held) held.answer()
  const [cleo, ada] = (await Promise.all(asked)).map(({ json }) => json)
  t.match(cleo, { data: { thing: { id: '/things/1' }, secret: { id: '/secret' } }, errors: undefined })
  t.match(ada, { data: { thing: { id: '/things/1' }, secret: null }, errors: [{ path: ['secret'] }] })
  t.same([world.seen.length, world.joined.operations], [2, 0])
})


t.test("a limit counts every client's requests, shared or not", async (t) => {
  const world = await startWorld(t, { more: 'limits: { few: { by: identity.subject, rate: 1/h } }', graphql: 'limits: [few]' })
  const asked = [world.ask({ key: 'ada' }), world.ask({ key: 'bob' })]
  await world.taken(2)
  t.equal(world.joined.operations, 1)
  t.match(await world.ask({ key: 'bob' }), { status: 429 })
  world.held[0]?.answer()
  for (const { status, json } of await Promise.all(asked)) t.match({ status, json }, { status: 200, json: { data: { thing: { id: '/things/1' } } } })
})
