import t from 'tap'
import { limits } from '../../plugins/limits.ts'
import type { LimitSettings } from '../../src/config/schema.ts'
import type { Exchange } from '../../src/exchange.ts'
import { createMemoryState } from '../../src/state/memory.ts'
import type { State } from '../../src/state/state.ts'
import { TestClock } from '../clock.ts'
import { exchangeOf, partsOf, routeOf } from './exchange.ts'

const minute = 60_000
const rate = (count: number) => ({ count, periodMs: minute })
const declared = {
  client: { by: 'client.address', rate: rate(60), burst: 3, cost: 'requests', ipv6Prefix: 64, mode: 'enforce' },
  writes: { by: 'client.address', rate: rate(2), cost: 'requests', ipv6Prefix: 64, mode: 'enforce' },
  trial: { by: 'client.address', rate: rate(1), cost: 'requests', ipv6Prefix: 64, mode: 'shadow' },
} satisfies Record<string, LimitSettings>

/** A store across a network: the same answers, later. */
function distant(state: State): State {
  return {
    take: async (...asked) => state.take(...asked),
    settle: async (...asked) => state.settle(...asked),
    get: async (key) => state.get(key),
    set: async (...asked) => state.set(...asked),
    setIfAbsent: async (...asked) => state.setIfAbsent(...asked),
    delete: async (key) => state.delete(key),
    close: () => state.close(),
  }
}

function setUp(names: string[], more: Record<string, LimitSettings> = {}, wrap = (state: State) => state) {
  const clock = new TestClock()
  const state = wrap(createMemoryState({ clock }))
  const { parts } = partsOf({ limits: { ...declared, ...more } }, { clock, state })
  return { ask: routeOf([limits], { limits: names }, parts), clock, parts, state }
}

for (const [store, wrap] of [['memory', (state: State) => state], ['a shared store', distant]] as const) {
  t.test(`with ${store}`, async (t) => {
    t.test('answers tell what is left', async (t) => {
      const { ask } = setUp(['client', 'writes'], {}, wrap)
      const { headers } = await ask(exchangeOf())
      t.equal(headers['ratelimit-policy'], '"client";q=60;w=60, "writes";q=2;w=60')
      t.equal(headers['ratelimit'], '"client";r=2;t=1, "writes";r=1;t=30')
    })

    t.test('what is used up is refused, with the time to come back', async (t) => {
      const { ask, clock } = setUp(['client'], {}, wrap)
      for (let n = 0; n < 3; n++) t.equal((await ask(exchangeOf())).status, 200)
      clock.advance(1)
      const refused = await ask(exchangeOf())
      t.match(refused, {
        status: 429, code: 'RATE_LIMITED', detail: 'The limit client is used up; try again in 1 s.', arrived: false,
        headers: { 'retry-after': '1', ratelimit: '"client";r=0;t=3' },
      })
      clock.advance(999)
      t.equal((await ask(exchangeOf())).status, 200, 'who comes back then is let in')
    })

    t.test('who is refused by one limit has taken nothing from the others', async (t) => {
      const { ask, clock } = setUp(['client', 'writes'], {}, wrap)
      await ask(exchangeOf())
      await ask(exchangeOf())
      clock.advance(10_000)
      for (let n = 0; n < 5; n++) {
        t.match(await ask(exchangeOf()), { status: 429, headers: { 'retry-after': '20', ratelimit: '"client";r=3;t=0, "writes";r=0;t=50' } })
      }
    })

    t.test('in shadow a limit counts, is noted and lets pass', async (t) => {
      const { ask } = setUp(['client', 'trial'], {}, wrap)
      await ask(exchangeOf())
      const exchange = exchangeOf()
      const { status, headers } = await ask(exchange)
      t.equal(status, 200)
      t.same(exchange.record.shadow, [{ policy: 'limits/trial', code: 'RATE_LIMITED' }])
      t.equal(headers['ratelimit-policy'], '"client";q=60;w=60', 'clients are not told of it')
    })
  })
}

t.test('with memory nothing waits', async (t) => {
  const { parts } = setUp(['client'])
  const steps = limits.apply({ name: 'r', kind: 'rest', methods: null, policies: {} }, ['client', 'writes'], parts)
  t.equal(steps?.request?.(exchangeOf()), undefined)
})

t.test('one name is one counter on all routes', async (t) => {
  const { parts } = setUp([])
  const [a, b] = [routeOf([limits], { limits: ['writes'] }, parts), routeOf([limits], { limits: ['writes'] }, parts)]
  t.equal((await a(exchangeOf())).status, 200)
  t.equal((await b(exchangeOf())).status, 200)
  t.equal((await a(exchangeOf())).status, 429)
})

t.test('without limits a route pays nothing', async (t) => {
  const { parts } = setUp([])
  t.equal(limits.apply({ name: 'r', kind: 'rest', methods: null, policies: {} }, [], parts), undefined)
})

/** Whether two exchanges count together. */
async function together(by: string, a: Partial<Exchange>, b: Partial<Exchange>): Promise<boolean> {
  const { ask } = setUp(['one'], { one: { by, rate: rate(1), cost: 'requests', ipv6Prefix: 64, mode: 'enforce' } })
  await ask(exchangeOf(a))
  return (await ask(exchangeOf(b))).status === 429
}

const who = (subject: string, provider = 'main', claims = {}) => ({ identity: { subject, provider, claims, scopes: new Set<string>(), expiresAt: null } })
const at = (address: string) => ({ client: { address, host: 'h', scheme: 'http' } as const })

t.test('by subject', async (t) => {
  t.ok(await together('identity.subject', { ...who('ada'), ...at('192.0.2.1') }, { ...who('ada'), ...at('192.0.2.2') }))
  t.notOk(await together('identity.subject', who('ada'), who('bob')))
  t.notOk(await together('identity.subject', who('ada', 'main'), who('ada', 'partners')), 'a subject is its provider\'s')
  t.ok(await together('identity.subject', at('192.0.2.1'), at('192.0.2.1')), 'anonymous clients count by address')
  t.notOk(await together('identity.subject', at('192.0.2.1'), at('192.0.2.2')))
  t.notOk(await together('identity.subject', who('192.0.2.1'), at('192.0.2.1')), 'a subject that looks like an address is none')
})

t.test('by provider and claim', async (t) => {
  t.ok(await together('identity.provider', who('ada'), who('bob')))
  t.ok(await together('identity.claims.org.id', who('ada', 'main', { org: { id: 7 } }), who('bob', 'main', { org: { id: 7 } })))
  t.notOk(await together('identity.claims.org.id', who('ada', 'main', { org: { id: 7 } }), who('bob', 'main', { org: { id: 8 } })))
  t.notOk(await together('identity.claims.toString', { ...who('ada'), ...at('192.0.2.1') }, { ...who('ada'), ...at('192.0.2.2') }))
})

t.test('by header', async (t) => {
  const tenant = (name: string, address: string) => ({ headers: { 'x-tenant': name }, ...at(address) })
  t.ok(await together('header.X-Tenant', tenant('a', '192.0.2.1'), tenant('a', '192.0.2.2')))
  t.notOk(await together('header.X-Tenant', tenant('a', '192.0.2.1'), tenant('b', '192.0.2.1')))
  t.notOk(await together('header.X-Tenant', tenant('address 192.0.2.1', '192.0.2.2'), at('192.0.2.1')))
})

t.test('by address, where an IPv6 client is its whole network', async (t) => {
  t.ok(await together('client.address', at('2001:db8:1:2::1'), at('2001:db8:1:2:ffff::1')))
  t.notOk(await together('client.address', at('2001:db8:1:2::1'), at('2001:db8:1:3::1')))
  t.ok(await together('client.address', at('192.0.2.1'), at('::ffff:192.0.2.1')))
})

t.test('check: a limit that nobody declares', async (t) => {
  const { parts } = setUp([])
  const route = { name: 'r', kind: 'rest', methods: null, policies: {} } as const
  t.match(limits.check?.(['client', 'wirtes', 'toString'], route, parts.config), [
    { pointer: '/1', message: /no limit is called "wirtes"; did you mean "writes"\?/ },
    { pointer: '/2' },
  ])
})
