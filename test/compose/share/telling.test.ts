import t from 'tap'
import { buildFrom } from '../../gateway.ts'
import { startWorld } from './world.ts'

t.test('what was shared is counted, logged and traced', async (t) => {
  const world = await startWorld(t)
  const first = world.ask({ query: '{ thing(id: 1) { id } }', headers: { 'x-request-id': 'first-request' } })
  await world.taken(1)
  const asked = [
    world.ask({ query: '{ thing(id: 1) { id } }', headers: { 'x-request-id': 'equal-request' } }),
    world.ask({ query: '{ a: thing(id: 1) { id } }', headers: { 'x-request-id': 'alike-request', 'x-sluice-explain': 'trace' } }),
  ]
  await world.taken(3)
  world.held[0]?.answer()
  const { json: begun } = await first
  const [equal, alike] = await Promise.all(asked)
  t.same(equal?.json, begun)
  t.match(alike?.json.extensions.sluice.trace, [{ path: '/things/1', joined: true, status: 200, shared: 0, attempts: 0 }])
  t.notMatch(JSON.stringify([equal?.json, alike?.json]), /first-request/)
  t.match(world.seen, [{ headers: { 'x-request-id': 'first-request' } }])
  const lineOf = (id: string) => world.lines.when((line) => line['id'] === id && line['msg'] === 'exchange')
  t.match(await lineOf('first-request'), { calls: [{ service: 'shop', status: 200 }], sharedCalls: undefined, sharedOperation: undefined })
  t.match(await lineOf('equal-request'), { calls: [], sharedOperation: true })
  t.match(await lineOf('alike-request'), { calls: [], sharedCalls: 1 })
  const metrics = await world.runtime.metrics.registry.metrics()
  t.match(metrics, /^sluice_calls_shared_total\{service="shop"\} 1$/m)
  t.match(metrics, /^sluice_operations_shared_total 1$/m)
  t.match(metrics, /^sluice_calls_total\{service="shop",outcome="200"\} 1$/m)
})

t.test('each has its own media type and request id', async (t) => {
  const world = await startWorld(t)
  const asked = ['application/json', 'application/graphql-response+json'].map((accept) => world.ask({ headers: { accept } }))
  await world.taken(2)
  world.held[0]?.answer()
  const [plain, graphql] = await Promise.all(asked)
  t.match(plain?.headers.get('content-type'), /^application\/json/)
  t.match(graphql?.headers.get('content-type'), /^application\/graphql-response\+json/)
  t.not(plain?.headers.get('x-request-id'), graphql?.headers.get('x-request-id'))
})

t.test('share and fallback exclude each other', async (t) => {
  const files = { 'routes/gateway.yaml': 'services:\n  shop:\n    targets: [{ url: "http://127.0.0.1:1" }]\n    share: {}\n    fallback: { respond: { status: 200, json: [] } }\n' }
  await t.rejects(buildFrom(t, files), { message: /gateway\.yaml:4:\d+.*share and fallback exclude each other/ })
})
