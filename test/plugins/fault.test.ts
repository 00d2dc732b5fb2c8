import t from 'tap'
import { fault } from '../../plugins/fault.ts'
import { policies } from '../../plugins/index.ts'
import { startBackend } from '../backend.ts'
import { startGateway } from '../gateway.ts'
import { filesOf, problemsOf } from '../routes/ask.ts'
import { startBoth } from '../websocket/fixture.ts'
import { shake } from '../websocket/peer.ts'
import { TestClock } from '../clock.ts'
import { exchangeOf, partsOf, routeOf } from './exchange.ts'

/** A route with faults; `chances` are drawn one after the other. */
function setUp(settings: Record<string, unknown>, chances: number[] = []) {
  const clock = new TestClock()
  const { parts } = partsOf({}, { clock, random: () => chances.shift() ?? 0.5 })
  const counted = async () => (await parts.metrics.faults.get()).values.map(({ labels: { route, kind }, value }) => `${route} ${kind} ${value}`)
  return { ask: routeOf([fault], { fault: settings }, parts), clock, counted, chances }
}

const abort = (status: number, share = 1) => ({ abort: { status, share } })
const delay = (ms: number, share = 1) => ({ delay: { for: ms, share } })

t.test('an abort answers with its status, and says that it was on purpose', async (t) => {
  const { ask, counted } = setUp(abort(418))
  t.match(await ask(exchangeOf()), { status: 418, code: 'FAULT_INJECTED', arrived: false })
  t.same(await counted(), ['things abort 1'])
})

t.test('a share of the requests is hit', async (t) => {
  const { ask, counted } = setUp(abort(503, 0.05), [0.04, 0.05, 0.99, 0])
  const statuses = []
  for (let n = 0; n < 4; n++) statuses.push((await ask(exchangeOf())).status)
  t.same(statuses, [503, 200, 200, 503])
  t.same(await counted(), ['things abort 2'])
})

t.test('a share of nothing hits nobody, and a whole one all', async (t) => {
  t.equal((await setUp(abort(503, 0), [0]).ask(exchangeOf())).status, 200)
  t.equal((await setUp(abort(503, 1), [1 - Number.EPSILON]).ask(exchangeOf())).status, 503)
})

t.test('a delay holds back, and no longer', async (t) => {
  const { ask, clock, counted } = setUp(delay(200))
  let answered = false
  const pending = ask(exchangeOf()).then((outcome) => {
    answered = true
    return outcome
  })
  clock.advance(199)
  await new Promise(setImmediate)
  t.notOk(answered)
  clock.advance(1)
  t.match(await pending, { status: 200, arrived: true })
  t.same(await counted(), ['things delay 1'])
})

t.test('a request that is not delayed is not made to wait', async (t) => {
  const { ask, clock } = setUp(delay(200, 0.1), [0.1])
  t.match(await ask(exchangeOf()), { arrived: true })
  t.equal(clock.waiting, 0)
})

t.test('one can have both, each by its own chance', async (t) => {
  const { ask, clock, counted } = setUp({ ...delay(200, 0.5), ...abort(500, 0.5) }, [0.4, 0.4, 0.4, 0.6, 0.6, 0.4])
  const both = ask(exchangeOf())
  clock.advance(200)
  t.match(await both, { status: 500, arrived: false })
  const late = ask(exchangeOf())
  clock.advance(200)
  t.match(await late, { status: 200, arrived: true })
  t.match(await ask(exchangeOf()), { status: 500, arrived: false })
  t.same(await counted(), ['things delay 2', 'things abort 2'])
})

t.test('a client that leaves ends the delay, and nothing comes after', async (t) => {
  const { ask, clock, counted } = setUp({ ...delay(200), ...abort(500) })
  const gone = new AbortController()
  void ask(exchangeOf({ signal: gone.signal })).then(() => t.fail('nothing is to come'))
  t.equal(clock.waiting, 1)
  gone.abort()
  t.equal(clock.waiting, 0)
  clock.advance(1000)
  void ask(exchangeOf({ signal: gone.signal })).then(() => t.fail('nothing is to come'))
  t.equal(clock.waiting, 0, 'one that left before does not wait')
  await new Promise(setImmediate)
  t.same(await counted(), ['things delay 2'])
})

t.test('with a header only requests that carry it are touched, and the service does not see it', async (t) => {
  const { ask } = setUp({ ...abort(503, 0.5), header: 'X-Fault' }, [0.4, 0.6])
  t.match(await ask(exchangeOf()), { arrived: true })
  const carried = () => exchangeOf({ headers: { 'x-fault': '' } })
  t.match(await ask(carried()), { status: 503 })
  const passing = carried()
  t.match(await ask(passing), { arrived: true })
  t.equal(passing.outgoing['x-fault'], undefined)
})

t.test('without settings, and without faults, a route pays nothing', async (t) => {
  const route = { name: 'r', kind: 'rest', methods: null, policies: {} } as const
  const { parts } = partsOf()
  t.equal(fault.apply(route, undefined, parts), undefined)
  t.equal(fault.apply(route, { header: 'x-fault' }, parts), undefined)
})

t.test('it is the last before the call', async (t) => {
  t.equal(policies.at(-1), fault)
})

const routes = (settings: string) => `  r: { match: { path: /r }, to: { service: s }, fault: ${settings} }`

t.test('through a gateway', async (t) => {
  const backend = await startBackend(t)
  const { url, lines } = await startGateway(t, filesOf(backend.url, routes('{ abort: { status: 599 }, delay: { for: 1ms }, header: x-fault }')))
  t.equal((await fetch(`${url}/r`)).status, 200)
  const answer = await fetch(`${url}/r`, { headers: { 'x-fault': 'please' } })
  t.equal(answer.status, 599)
  t.match(await answer.json(), { code: 'FAULT_INJECTED', status: 599 })
  t.match(await lines.when(({ status }) => status === 599), { code: 'FAULT_INJECTED', calls: [] })
  t.equal(backend.seen.length, 1)
})

t.test('the header of a request that is spared does not reach the service', async (t) => {
  const backend = await startBackend(t)
  const { url } = await startGateway(t, filesOf(backend.url, routes('{ abort: { share: 0% }, header: X-Fault }')))
  t.equal((await fetch(`${url}/r`, { headers: { 'x-fault': 'please', 'x-other': 'kept' } })).status, 200)
  t.match(backend.seen, [{ headers: { 'x-other': 'kept', 'x-fault': undefined } }])
})

t.test('WebSockets are refused the same way', async (t) => {
  const both = await startBoth(t, { route: ', fault: { abort: { status: 502 } }' })
  t.match(await shake(t, both.url, '/ws/a').head(), /^HTTP\/1\.1 502 /)
  t.equal(both.service.seen.length, 0)
})

t.test('GraphQL is refused the same way', async (t) => {
  const files = {
    ...filesOf('http://127.0.0.1:1', routes('{}'), 'graphql: { auth: none, fault: { abort: { status: 500 } } }'),
    'schema/s.graphql': 'type Query { hello: String @rest(service: "s", get: "/hello") @public }',
  }
  const { url } = await startGateway(t, files)
  const answer = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{ hello }"}' })
  t.equal(answer.status, 500)
  t.match(await answer.json(), { code: 'FAULT_INJECTED' })
})

t.test('check: what cannot be', async (t) => {
  t.match(await problemsOf(t, routes('{ abort: {}, header: Host }')), [/gateway\.yaml:5:.* Host is not for clients to choose/])
  t.match(await problemsOf(t, routes('{ abort: {}, header: x-user-id }')), [/x-user-id is not for clients to choose/])
  t.match(await problemsOf(t, routes('{ abort: { status: 200 } }')), [/200 is less than 400/])
  t.match(await problemsOf(t, routes('{ delay: { share: 10% } }')), [/"for"/])
  t.match(await problemsOf(t, routes('{ mode: shadow }')), [/unknown key "mode"/])
})
