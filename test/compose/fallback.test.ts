import t from 'tap'
import { compose, type Said } from './fixture.ts'

const sdl = `
  type Query {
    me: Thing @rest(service: "users", get: "/me")
    you: Thing @rest(service: "users", get: "/you")
    things: [Thing!] @list(max: 5) @rest(service: "catalog", get: "/things")
    must: Thing! @rest(service: "catalog", get: "/must")
  }
  type Thing { id: ID! }
`

function ask(answers: Record<string, Said>, query: string) {
  return compose(sdl, ({ path }) => answers[path] ?? { json: { id: path } }, { services: { users: {}, catalog: {} } }).ask(query)
}

t.test('what answered in the place of services is told, each once', async (t) => {
  const { data, errors, extensions } = await ask({
    '/me': { json: { id: 1 }, fallback: 'stale' }, '/you': { json: { id: 2 }, fallback: 'stale' }, '/things': { json: [], fallback: 'static' },
  }, '{ me { id } you { id } again: me { id } things { id } }')
  t.same([data.me, data.things, errors], [{ id: '1' }, [], undefined])
  t.same(extensions, { sluice: { fallbacks: [{ service: 'users', kind: 'stale' }, { service: 'catalog', kind: 'static' }] } })
})

t.test('also beside errors, and where it was one itself', async (t) => {
  const { data, errors, extensions } = await ask({ '/me': { json: { id: 1 }, fallback: 'service' }, '/you': { status: 503, fallback: 'service' } }, '{ me { id } you { id } }')
  t.same(data, { me: { id: '1' }, you: null })
  t.equal(errors?.length, 1)
  t.same(extensions, { sluice: { fallbacks: [{ service: 'users', kind: 'service' }] } })
  const broken = await ask({ '/must': { json: null, fallback: 'static' } }, '{ must { id } }')
  t.match(broken, { data: null, extensions: { sluice: { fallbacks: [{ service: 'catalog', kind: 'static' }] } } })
})

t.test('without any there is nothing to tell', async (t) => {
  t.equal((await ask({}, '{ me { id } }')).extensions, undefined)
})
