import type { ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import { policies } from '../../plugins/index.ts'
import { overload } from '../../plugins/overload.ts'
import type { Load } from '../../src/load.ts'
import { startBackend } from '../backend.ts'
import { buildFrom, startGateway } from '../gateway.ts'
import { filesOf } from '../routes/ask.ts'
import { closing } from '../websocket/frame.ts'
import { join, startBoth } from '../websocket/fixture.ts'
import { exchangeOf, partsOf, routeOf } from './exchange.ts'

const loadOf = (inFlight: number, delay = 0): Load => ({ inFlight, delay, begin: () => () => undefined })

/** Which priorities are shed under a load, with this chance. */
async function shed(load: Load, chance: number): Promise<string[]> {
  const { parts } = partsOf({ overload: { inFlight: 100, delay: 200 } }, { load, random: () => chance })
  const priorities = ['low', 'normal', 'high', 'critical']
  const answers = await Promise.all(priorities.map((priority) => routeOf([overload], { overload: { priority } }, parts)(exchangeOf())))
  return priorities.filter((_priority, index) => answers[index]?.status === 503)
}

t.test('as load grows, the lowest priority goes first, and the critical one never', async (t) => {
  for (const [share, any, all] of [
    [0, [], []],
    [0.7, [], []],
    [0.71, ['low'], []],
    [0.84, ['low'], []],
    [0.86, ['low', 'normal'], ['low']],
    [1, ['low', 'normal'], ['low', 'normal']],
    [1.01, ['low', 'normal', 'high'], ['low', 'normal']],
    [1.16, ['low', 'normal', 'high'], ['low', 'normal', 'high']],
    [100, ['low', 'normal', 'high'], ['low', 'normal', 'high']],
  ] as const) {
    const others = Math.round(share * 100)
    t.same(await shed(loadOf(others + 1), 0), any, `by exchanges in flight, at ${share}`)
    t.same(await shed(loadOf(others + 1), 1 - Number.EPSILON), all, `by exchanges in flight, at ${share}, by the smallest chance`)
    t.same(await shed(loadOf(1, share * 200), 0), any, `by the delay, at ${share}`)
  }
})

t.test('between a few and all, the share that is shed is how far the load is on its way', async (t) => {
  t.same(await shed(loadOf(93.5), 0.49), ['low', 'normal'])
  t.same(await shed(loadOf(93.5), 0.51), ['low'])
})

t.test('what is shed is told when to come back', async (t) => {
  const { parts } = partsOf({ overload: { inFlight: 1, delay: 200 } }, { load: loadOf(10) })
  const ask = routeOf([overload], {}, parts)
  t.match(await ask(exchangeOf()), { status: 503, code: 'OVERLOADED', headers: { 'retry-after': '1' }, arrived: false })
})

t.test('a critical route pays nothing', async (t) => {
  const route = { name: 'r', kind: 'rest', methods: null, policies: {} } as const
  t.equal(overload.apply(route, { priority: 'critical' }, partsOf().parts), undefined)
})

t.test('only the id and the log come before it', async (t) => {
  t.same(policies.slice(0, 3).map(({ name }) => name), ['request-id', 'access-log', 'overload'])
})

const routes = `
  plain: { match: { path: /plain }, to: { service: s } }
  first: { match: { path: /first }, to: { service: s }, overload: { priority: critical } }
  trial: { match: { path: /trial }, to: { service: s }, overload: { mode: shadow } }`

const settings = 'overload: { inFlight: 2, delay: 1h }'

/** A gateway in which so many exchanges wait for their answers, from the service's point of view. */
async function held(t: Test, count: number) {
  const waiting: ServerResponse[] = []
  let arrived: () => void = () => undefined
  const backend = await startBackend(t, (request, response) => {
    if (request.url !== '/first') return void response.end('done')
    waiting.push(response)
    arrived()
  })
  const running = await startGateway(t, filesOf(backend.url, routes, settings))
  const pending = Array.from({ length: count }, () => fetch(`${running.url}/first`))
  while (waiting.length < count) await new Promise<void>((resolve) => (arrived = resolve))
  const release = async () => {
    for (const response of waiting.splice(0)) response.end('held')
    return (await Promise.all(pending)).map(({ status }) => status)
  }
  return { ...running, backend, release }
}

t.test('a gateway that has all it can take sheds at once, and goes on after', async (t) => {
  const { url, release, backend, lines, runtime } = await held(t, 2)
  const before = backend.seen.length
  const answer = await fetch(`${url}/plain`)
  t.equal(answer.status, 503)
  t.equal(answer.headers.get('retry-after'), '1')
  t.match(await answer.json(), { code: 'OVERLOADED', status: 503 })
  t.equal((await fetch(`${url}/nowhere`)).status, 503, 'what matches no route, too')
  t.equal(backend.seen.length, before)
  t.equal((await fetch(`${url}/trial`)).status, 200, 'in shadow it passes')
  t.match(await lines.when(({ route }) => route === 'trial'), { shadow: [{ policy: 'overload', code: 'OVERLOADED' }] })
  t.match(await lines.when(({ route, status }) => route === 'plain' && status === 503), { code: 'OVERLOADED' })
  t.same(await release(), [200, 200])
  const after = await fetch(`${url}/plain`)
  t.equal(after.status, 200)
  t.equal((await fetch(`${url}/nowhere`)).status, 404)
  const counted = (await runtime.metrics.refusals.get()).values
  t.match(counted.find(({ labels }) => labels.mode === 'shadow'), { labels: { policy: 'overload', code: 'OVERLOADED' }, value: 1 })
  t.match(counted.find(({ labels }) => labels.mode === 'enforce'), { labels: { policy: 'overload', code: 'OVERLOADED' }, value: 2 })
})

t.test('what the gateway before a reload still answers counts', async (t) => {
  const { url, release, reloader, write, backend } = await held(t, 2)
  write(filesOf(backend.url, `${routes}\n  more: { match: { path: /more }, to: { service: s } }`, settings))
  t.match(await reloader.reload(), { taken: true })
  t.equal((await fetch(`${url}/more`)).status, 503)
  t.same(await release(), [200, 200])
  t.equal((await fetch(`${url}/more`)).status, 200)
})

t.test('a WebSocket counts until it is open', async (t) => {
  const both = await startBoth(t, { more: '\noverload: { inFlight: 1, delay: 1h }' })
  const { client, peer } = await join(t, both)
  const more = await join(t, both)
  t.equal((await fetch(`${both.url}/plain`)).status, 200, 'two that are open leave room')
  t.equal(both.server.gateway?.inFlight, 2)
  for (const side of [client, more.client]) side.socket.write(closing(1000, true))
  await Promise.all([peer.frame(), more.peer.frame()])
})

t.test('without settings there are sane ones', async (t) => {
  const { gateway } = await buildFrom(t, filesOf('http://127.0.0.1:1', routes))
  t.same(gateway.config.overload, { inFlight: 10_000, delay: 500 })
})
