import t, { type Test } from 'tap'
import { pino } from 'pino'
import { createClient } from 'redis'
import { createState } from '../../src/state/index.ts'
import type { Limit, State } from '../../src/state/state.ts'
import { Metrics } from '../../src/telemetry/metrics.ts'
import { TestClock } from '../clock.ts'
import { testState } from './contract.ts'
import { skip, startRedis, type RedisServer } from './redis-server.ts'

const limit: Limit = { name: 'five', intervalMs: 3_600_000, burst: 5 }

/** A state, what it logs, and what its gauge shows. Its patience and its pauses end when the clock is moved. */
function open(t: Test, url: string) {
  const clock = new TestClock()
  const lines: string[] = []
  let told: (() => void) | undefined
  const write = (line: string) => {
    lines.push((JSON.parse(line) as { msg: string }).msg)
    told?.()
  }
  const metrics = new Metrics()
  const state = createState(url, { clock, log: pino({}, { write }), metrics })
  t.teardown(() => state.close())
  const gauge = async () => (await metrics.stateFallback.get()).values[0]?.value
  /** Resolves once a line has come that says so. */
  const logged = async (text: string) => {
    while (!lines.some((line) => line.includes(text))) await new Promise<void>((resolve) => (told = resolve))
  }
  return { state, lines, gauge, logged, clock }
}

async function server(t: Test, port?: number): Promise<RedisServer> {
  const redis = await startRedis(port)
  t.teardown(() => redis.stop())
  return redis
}

async function burst(state: State): Promise<boolean[]> {
  const allowed: boolean[] = []
  for (let n = 0; n < 7; n++) allowed.push((await state.take(limit, 'k', 1)).allowed)
  return allowed
}

/** Two gateways that each go on alone would both find a key free. */
async function refusesValues(t: Test, state: State): Promise<void> {
  const refusal = { code: 'STATE_UNAVAILABLE', status: 503, headers: { 'retry-after': '1' } }
  await t.rejects(async () => state.get('v'), refusal)
  await t.rejects(async () => state.set('v', 'x', 60_000), refusal)
  await t.rejects(async () => state.setIfAbsent('v', 'x', 60_000), refusal)
  await t.rejects(async () => state.delete('v'), refusal)
}

const fiveOfSeven = [true, true, true, true, true, false, false]

t.test('the contract', { skip }, async (t) => {
  const redis = await server(t)
  const client = await createClient({ url: redis.url }).connect()
  t.teardown(() => client.destroy())

  /** Redis can't be given another clock, so what it keeps is moved into the past instead. */
  async function age(ms: number): Promise<void> {
    for (const key of await client.keys('*')) {
      const left = (await client.pTTL(key)) - ms
      if (left <= 0) await client.del(key)
      else if (key.startsWith('sluice:limit:')) await client.set(key, String(Number(await client.get(key)) - ms * 1000), { expiration: { type: 'PX', value: left } })
      else await client.pExpire(key, left)
    }
  }

  await t.test('is kept', async (t) => {
    testState(t, async (t) => {
      await client.flushAll()
      return { state: open(t, redis.url).state, advance: age }
    })
  })

  await t.test('two gateways count as one', async (t) => {
    await client.flushAll()
    const [a, b] = [open(t, redis.url), open(t, redis.url)]
    await Promise.all([1, 2].map(async () => a.state.take(limit, 'k', 1)))
    t.match(await b.state.take(limit, 'k', 1), { allowed: true, remaining: 2 })
    t.equal(await a.gauge(), 0)
    t.same(a.lines, [])
  })

  await t.test('keys leave the store when their limit is unused', async (t) => {
    await client.flushAll()
    const { state } = open(t, redis.url)
    await state.take(limit, 'k', 2)
    const [key] = await client.keys('*')
    const ttl = await client.pTTL(key!)
    t.ok(ttl > 0 && ttl <= 2 * limit.intervalMs)
    await state.settle(limit, 'k', -2)
    t.same(await client.keys('*'), [])
  })
})

t.test('without a store the gateway counts on its own', { skip }, async (t) => {
  const redis = await server(t)
  await redis.stop()
  const { state, lines, gauge, logged, clock } = open(t, redis.url)
  await refusesValues(t, state)
  t.same(await burst(state), fiveOfSeven)
  await logged('does not answer')
  t.equal(await gauge(), 1)
  t.equal(lines.length, 1, 'one line however many takes')
  t.notOk(state.take(limit, 'k', 1) instanceof Promise, 'nobody waits for a store that is given up')

  await server(t, redis.port)
  clock.advance(200)
  await logged('is back')
  t.equal(await gauge(), 0)
  t.same(await burst(state), fiveOfSeven, 'the store counts again')
  t.equal(await state.setIfAbsent('v', 'x', 60_000), true)
  t.equal(lines.length, 2)
})

t.test('a store that dies is given up, and found again', { skip }, async (t) => {
  const redis = await server(t)
  const { state, gauge, logged, clock } = open(t, redis.url)
  t.same(await burst(state), fiveOfSeven)
  t.equal(await gauge(), 0)
  await redis.stop()
  t.same(await burst(state), fiveOfSeven, 'local counting begins with nothing')
  await logged('does not answer')
  t.equal(await gauge(), 1)
  await server(t, redis.port)
  clock.advance(200)
  await logged('is back')
  t.match(await state.take(limit, 'k', 1), { remaining: 4 })
})

t.test('a store that stalls is given up, and found again', { skip }, async (t) => {
  const redis = await server(t)
  const { state, gauge, logged, clock } = open(t, redis.url)
  await state.take(limit, 'k', 1)
  redis.freeze()
  const waiting = Promise.all(Array.from({ length: 7 }, async () => state.take(limit, 'k', 1)))
  clock.advance(50)
  const takes = await waiting
  t.same(takes.map(({ allowed }) => allowed), fiveOfSeven)
  t.equal(await gauge(), 1)
  await refusesValues(t, state)
  await state.settle(limit, 'k', -1)
  t.match(await state.take(limit, 'k', 1), { allowed: true })
  redis.thaw()
  clock.advance(200)
  await logged('is back')
  t.equal(await gauge(), 0)
})

t.test('it closes while the store is down or stalled', { skip }, async (t) => {
  const redis = await server(t)
  const stalled = open(t, redis.url)
  await stalled.state.take(limit, 'k', 1)
  redis.freeze()
  const waiting = stalled.state.take(limit, 'k', 1)
  await stalled.state.close()
  t.match(await waiting, { allowed: true })
  const opening = open(t, redis.url)
  await opening.state.close()
  t.match(await opening.state.take(limit, 'k', 1), { allowed: true })
  redis.thaw()
  await redis.stop()
  const down = open(t, redis.url)
  await down.logged('does not answer')
  await down.state.close()
  t.match(await down.state.take(limit, 'k', 1), { allowed: true })
})

t.test('a store that stays away is tried again, ever less often', { skip }, async (t) => {
  const redis = await server(t)
  await redis.stop()
  const { state, lines, logged, clock } = open(t, redis.url)
  await logged('does not answer')
  for (let tries = 0; tries < 3; tries++) {
    while (clock.waiting === 0) await new Promise(setImmediate)
    clock.advance(10_000)
  }
  t.equal(lines.length, 1, 'nothing more is logged meanwhile')
  t.notOk(state.take(limit, 'k', 1) instanceof Promise)
})
