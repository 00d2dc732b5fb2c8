import { pino } from 'pino'
import t, { type Test } from 'tap'
import { limits } from '../../plugins/limits.ts'
import type { LimitSettings } from '../../src/config/schema.ts'
import type { Exchange } from '../../src/exchange.ts'
import type { AnswerHead } from '../../src/policy.ts'
import { compileLimit } from '../../src/state/compile-limit.ts'
import { createState } from '../../src/state/index.ts'
import { createMemoryState } from '../../src/state/memory.ts'
import type { State } from '../../src/state/state.ts'
import { Metrics } from '../../src/telemetry/metrics.ts'
import { TestClock } from '../clock.ts'
import { ada, compose, exchange, type Answers } from '../compose/fixture.ts'
import { skip, startRedis } from '../state/redis-server.ts'
import { exchangeOf, partsOf, routeOf } from './exchange.ts'

const day = 86_400_000
const settings = { by: 'identity.subject', rate: { count: 10, periodMs: 10 * day }, ipv6Prefix: 64, mode: 'enforce' } as const

const declared = {
  heavy: { ...settings, cost: 'calls' },
  trial: { ...settings, cost: 'calls', mode: 'shadow' },
  often: { ...settings, cost: 'requests' },
} satisfies Record<string, LimitSettings>

type Name = keyof typeof declared

const sdl = `
  type Query {
    hello(name: String!): String @rest(service: "shop", get: "/hello/{name}")
    things(first: Int = 5): [Thing!]! @list(max: 50, by: "first") @rest(service: "shop", get: "/things")
    byIds(ids: [ID!]!): [Thing]! @internal @rest(service: "shop", get: "/many{?ids}") @batch(arg: "ids", key: "id", max: 1)
  }
  type Thing @entity(key: "id", query: "byIds") { id: ID!  next: Thing @lookup(key: "{parent.id}") }
  type Mutation { change(name: String!): String @rest(service: "shop", post: "/change/{name}") }
`

const plain: Answers = ({ path }) => ({ json: path === '/things' ? [{ id: 1 }, { id: 1 }, { id: 2 }] : path.startsWith('/many') ? [{ id: 1 }, { id: 2 }] : 'hi' })

/** The limits of a GraphQL route, with composition at its end. */
function setUp(state: State, names: readonly Name[], answers: Answers = plain) {
  const { parts } = partsOf({ limits: declared }, { state })
  const steps = limits.apply({ name: 'graphql', kind: 'graphql', methods: null, policies: {} }, [...names], parts)
  const { endpoint, calls } = compose(sdl, answers)
  const ask = async (query: string) => {
    const asked: Exchange = exchange({ identity: ada })
    if (await steps?.request?.(asked) !== undefined) throw new Error('the request itself was refused')
    const answer = await endpoint.handle(asked, Buffer.from(JSON.stringify({ query })))
    const head: AnswerHead = { status: answer.status, headers: { ...answer.headers } }
    steps?.answer?.(asked, head)
    const { data, errors } = JSON.parse(String(answer.body))
    return { ...head, data, code: errors?.[0].extensions.code, message: errors?.[0].message, record: asked.record }
  }
  const left = async (name: Name = 'heavy') => {
    const { limit, keyOf } = compileLimit(name, declared[name])
    return (await state.take(limit, keyOf(exchange({ identity: ada })), 0)).remaining
  }
  return { ask, left, calls, parts }
}

/** A store across a network: the same answers, later. */
function distant(state: State): State {
  return { ...state, take: async (...asked) => state.take(...asked), settle: async (...asked) => state.settle(...asked) }
}

const memory = () => createMemoryState({ clock: new TestClock() })

const stores: Record<string, { skip: string | false, open: (t: Test) => State | Promise<State> }> = {
  memory: { skip: false, open: memory },
  'a store across a network': { skip: false, open: () => distant(memory()) },
  Redis: {
    skip,
    async open(t) {
      const redis = await startRedis()
      const state = createState(redis.url, { clock: new TestClock(), log: pino({ level: 'silent' }), metrics: new Metrics() })
      t.teardown(async () => {
        await state.close()
        await redis.stop()
      })
      // A script that Redis has not seen is sent twice, and others overtake it meanwhile.
      await state.settle({ name: 'other', intervalMs: 1, burst: 1 }, 'k', 0)
      return state
    },
  },
}

for (const [name, store] of Object.entries(stores)) {
  t.test(`with ${name}`, { skip: store.skip }, async (t) => {
    t.test('an operation pays for the calls that it made', async (t) => {
      const { ask, left, calls } = setUp(await store.open(t), ['heavy'])
      const { status, headers } = await ask('{ things { next { id } } }')
      t.equal(status, 200)
      t.equal(calls.length, 3, 'one for the list, and one for each of two keys')
      t.equal(await left(), 7)
      t.match(headers, { 'ratelimit-policy': '"heavy";q=10;w=864000', ratelimit: `"heavy";r=7;t=${3 * day / 1000}` })
    })

    t.test('what it could make is taken before the first call', async (t) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const { promise: began, resolve: begin } = Promise.withResolvers<void>()
      const { ask, left, calls } = setUp(await store.open(t), ['heavy'], (call) => (begin(), { ...plain(call), after: promise }))
      const first = ask('{ things { next { id } } }')
      await began
      t.equal(await left(), 4, 'six of ten')
      const refused = await ask('{ things(first: 4) { next { id } } }')
      t.match(refused, { status: 429, data: undefined, code: 'RATE_LIMITED', message: /^The limit heavy is used up; try again in \d+ s\.$/ })
      t.equal(Math.ceil(Number(refused.headers['retry-after']) * 1000 / day), 1, 'when one more has flowed in')
      t.match(refused.headers['ratelimit'], /^"heavy";r=4;/)
      t.same(refused.record.refused, { policy: 'limits', code: 'RATE_LIMITED' })
      t.equal(calls.length, 1)
      resolve()
      t.equal((await first).status, 200)
      t.equal(await left(), 7)
      t.equal((await ask('{ things(first: 4) { next { id } } }')).status, 200)
    })

    t.test('what could never pass is told so', async (t) => {
      const { ask, left, calls } = setUp(await store.open(t), ['heavy'])
      const refused = await ask('{ things(first: 10) { next { id } } }')
      t.match(refused, { status: 429, code: 'RATE_LIMITED', message: 'The request could take 11 from the limit heavy, which never holds more than 10; ask for less at once.' })
      t.equal(refused.headers['retry-after'], undefined)
      t.equal(calls.length, 0)
      t.equal(await left(), 10)
    })

    t.test('in shadow it is noted, and passes', async (t) => {
      const { ask, left } = setUp(await store.open(t), ['trial'])
      t.equal((await ask('{ things { next { id } } }')).headers['ratelimit'], undefined)
      t.equal(await left('trial'), 7)
      const { status, record } = await ask('{ things(first: 9) { next { id } } }')
      t.equal(status, 200)
      t.same(record.shadow, [{ policy: 'limits/trial', code: 'RATE_LIMITED' }])
      t.equal(await left('trial'), 7, 'what was not taken is not given back')
    })

    t.test('limits of both kinds on one route', async (t) => {
      const { ask, left } = setUp(await store.open(t), ['often', 'heavy', 'trial'])
      const { headers } = await ask('{ a: hello(name: "a") b: hello(name: "b") }')
      t.match(headers['ratelimit'], /^"often";r=9;t=\d+, "heavy";r=8;t=\d+$/)
      t.equal((await ask('{ things(first: 8) { next { id } } }')).status, 429)
      t.same([await left('often'), await left('heavy'), await left('trial')], [8, 8, 8], 'who is refused by one has taken nothing from the other')
    })
  })
}

t.test('equal calls are one', async (t) => {
  const { ask, left } = setUp(memory(), ['heavy'])
  await ask('{ a: hello(name: "a") b: hello(name: "a") c: hello(name: "c") }')
  t.equal(await left(), 8)
})

t.test('calls that failed were made', async (t) => {
  const { ask, left } = setUp(memory(), ['heavy'], () => ({ status: 500 }))
  t.match(await ask('{ things { next { id } } }'), { status: 200, data: null })
  t.equal(await left(), 9)
})

t.test('mutations pay for each of their calls', async (t) => {
  const { ask, left } = setUp(memory(), ['heavy'])
  t.equal((await ask('mutation { a: change(name: "a") b: change(name: "a") }')).status, 200)
  t.equal(await left(), 8)
})

t.test('what calls nothing costs nothing', async (t) => {
  const { ask, left } = setUp(memory(), ['heavy'])
  t.ok((await ask('{ __schema { queryType { name } } }')).data)
  t.equal((await ask('{ nothing }')).code, 'GRAPHQL_VALIDATION_FAILED')
  t.equal((await ask(`{ things(first: 60) { next { id } } }`)).code, 'PARAMETER_REFUSED')
  t.equal(await left(), 10)
  for (let index = 0; index < 10; index++) await ask('{ hello(name: "a") }')
  t.equal(await left(), 0)
  t.equal((await ask('{ __typename __schema { queryType { name } } }')).status, 200, 'also where nothing is left')
  t.equal((await ask('{ hello(name: "a") __schema { queryType { name } } }')).status, 429)
})

t.test('who asks for the schema, too, pays for the calls beside', async (t) => {
  const { ask, left } = setUp(memory(), ['heavy'])
  t.ok((await ask('{ __schema { queryType { name } } things { next { id } } }')).data)
  t.equal(await left(), 7)
})

t.test('a request of another route takes one', async (t) => {
  const state = memory()
  const { parts } = partsOf({ limits: declared }, { state })
  const ask = routeOf([limits], { limits: ['heavy'] }, parts)
  for (let index = 0; index < 10; index++) t.equal((await ask(exchangeOf({ identity: ada }))).status, 200)
  t.match(await ask(exchangeOf({ identity: ada })), { status: 429, code: 'RATE_LIMITED' })
  t.equal(await setUp(state, ['heavy']).left(), 0, 'and it is the same counter')
})
