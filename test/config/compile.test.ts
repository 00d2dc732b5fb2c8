import { createHash } from 'node:crypto'
import t from 'tap'
import { placeOf } from '../../src/config/config.ts'
import { base, configOf } from './folder.ts'

const keys = ['acme', 'bolt'].map((name) => `sha256:${createHash('sha256').update(name).digest('hex')} ${name}`).join('\n')

const shop = `listeners:
  public: { host: 0.0.0.0, port: "\${PORT:-8080}" }
admin: { port: 8081 }
trustedProxies: [10.0.0.0/8]
identity:
  main: { type: jwt, issuer: http://127.0.0.1:4000, audience: shop }
  partners: { type: api-key, keys: "\${file:keys.txt}" }
limits:
  per-client: { by: identity.subject, rate: 600/min }
services:
  orders:
    targets: [{ url: http://127.0.0.1:4003 }]
    contract: { openapi: ../routes/orders.yml.txt }
    access: [{ path: /orders/*, claims: { vip: true, level: 3, region: "true" } }]
    timeout: { attempt: 1s }
defaults: { auth: { providers: [main, partners] }, log: all }
routes:
  list: { match: { methods: [GET], path: /api/orders }, to: { service: orders, path: /orders }, cache: { maxAge: 1min } }
  open: { match: { path: /open }, to: { service: orders }, auth: none }
graphql: { auth: { required: false }, playground: "\${PLAYGROUND:-false}" }
`

t.test('quantities are numbers and what was left out is filled in', async (t) => {
  const config = await configOf(t, { 'shop.yaml': shop, 'keys.txt': `${keys}\n`, 'orders.yml.txt': '' }, { env: { PORT: '0' } })
  const { places, dir, services, listeners, ...rest } = config
  t.match(listeners, { public: { host: '0.0.0.0', port: 0, timeouts: { headers: 10_000 }, limits: { head: 16_384 } } })
  const auth = { providers: ['main', 'partners'], required: true }
  t.same(rest, {
    admin: { host: '127.0.0.1', port: 8081 },
    trustedProxies: ['10.0.0.0/8'],
    overload: { inFlight: 10_000, delay: 500 },
    state: 'memory',
    drain: 30_000,
    identity: {
      main: { type: 'jwt', issuer: 'http://127.0.0.1:4000', audience: 'shop', algorithms: ['RS256', 'ES256'], clockTolerance: 5000 },
      partners: { type: 'api-key', header: 'x-api-key', keys },
    },
    limits: { 'per-client': { by: 'identity.subject', rate: { count: 600, periodMs: 60_000 }, cost: 'requests', ipv6Prefix: 64, mode: 'enforce' } },
    routes: {
      list: {
        match: { methods: ['GET'], path: '/api/orders' },
        to: { service: 'orders', path: '/orders' },
        policies: { log: 'all', auth, cache: { mode: 'enforce', maxAge: 60_000, size: 1_048_576, vary: [], keep: { stale: 60_000, errors: false } } },
      },
      open: { match: { path: '/open' }, to: { service: 'orders' }, policies: { log: 'all' } },
    },
    unmatched: { log: 'all' },
    graphql: {
      path: '/graphql',
      playground: false,
      operations: { depth: 12, calls: 50, tokens: 2000, aliases: 30, directives: 50, rootFields: 30, resolver: 30_000, answer: 16 * 1024 ** 2 },
      policies: { log: 'all', auth: { ...auth, required: false } },
    },
    openapi: null,
  })
  t.match(services['orders'], {
    targets: [{ url: 'http://127.0.0.1:4003', scheme: 'http', weight: 1, priority: 0 }],
    resolvers: [],
    contract: { openapi: `${dir}/routes/orders.yml.txt` },
    naming: 'as-is',
    access: [{ path: '/orders/*', claims: { vip: true, level: 3, region: 'true' } }],
    forward: [],
    timeout: { connect: 500, attempt: 1000, total: 10_000, idle: 30_000 },
    http2: false,
    connections: 4096,
  })
  t.same(Object.keys(config.routes['list']?.policies ?? {}), ['log', 'auth', 'cache'], 'in order of execution')
  t.strictSame(structuredClone(config), config)
  t.strictSame(JSON.parse(JSON.stringify(config)), config)
  t.same(places['/routes/list/match/path'], { file: 'routes/shop.yaml', line: 18, column: 42 })
})

t.test('the least that is a config', async (t) => {
  const { listeners, admin, graphql, services, routes, identity, limits, unmatched } = await configOf(t, { 'a.yaml': 'listeners: { a: { port: 1 } }\nroutes:\nservices:\n' })
  t.match(listeners, { a: { host: '127.0.0.1', port: 1 } })
  t.same({ admin, graphql, services, routes, identity, limits, unmatched }, {
    admin: null,
    graphql: null,
    services: {},
    routes: {},
    identity: {},
    limits: {},
    unmatched: {},
  })
})

t.test('defaults merge into routes key by key', async (t) => {
  const config = await configOf(t, {
    'a.yaml': base,
    'defaults.yaml': `defaults:
  cache: { maxAge: 1s, vary: [a, b], keep: { stale: 5s, errors: true } }
  log: { sample: 5 }
`,
    'routes.yaml': `routes:
  same: { match: { path: /same }, to: { service: users } }
  other:
    match: { path: /other }
    to: { service: users }
    cache: { vary: [c], keep: { stale: 9s }, mode: shadow }
    log: failures
`,
  })
  const cache = { mode: 'enforce', maxAge: 1000, size: 1_048_576, vary: ['a', 'b'], keep: { stale: 5000, errors: true } }
  t.same(config.routes['same']?.policies, { log: { mode: 'enforce', sample: 5 }, cache })
  t.same(config.routes['other']?.policies, { log: 'failures', cache: { ...cache, mode: 'shadow', vary: ['c'], keep: { stale: 9000, errors: true } } })
  t.same(config.unmatched, { log: { mode: 'enforce', sample: 5 } })
})

t.test('a route may complete what defaults leave open', async (t) => {
  const config = await configOf(t, { 'a.yaml': `${base}defaults: { auth: { required: false } }
identity: { main: { type: api-key, keys: 'sha256:8254c329a92850f6d539dd376f4816ee2764517da5e0235514af433164480d7a acme' } }
routes: { a: { match: { path: /a }, to: { service: users }, auth: { providers: [main] } } }` })
  t.same(config.routes['a']?.policies, { auth: { providers: ['main'], required: false } })
})

t.test('authentication is lost by saying so, and in no other way', async (t) => {
  const text = (auth: string) => `${base}identity: { main: { type: api-key, keys: 'sha256:8254c329a92850f6d539dd376f4816ee2764517da5e0235514af433164480d7a acme' } }
defaults: { auth: { providers: [main] } }
routes: { a: { match: { path: /a }, to: { service: users }${auth} } }`
  const kept = { auth: { providers: ['main'], required: true } }
  t.same((await configOf(t, { 'a.yaml': text('') })).routes['a']?.policies, kept)
  t.same((await configOf(t, { 'a.yaml': text(', auth: {}') })).routes['a']?.policies, kept)
  t.same((await configOf(t, { 'a.yaml': text(', auth: none') })).routes['a']?.policies, {})
})

t.test('everything has the place where it was written', async (t) => {
  const config = await configOf(t, {
    'a.yaml': `${base}drain: \${DRAIN}\n`,
    'b.yaml': `defaults:
  cache:
    maxAge: 1s
    vary: [a]
  log: all
graphql:
  cache: { size: 1KiB }
`,
    'c.yaml': `routes:
  get-user:
    match:
      path: /users/{id}
    to: { service: users }
    cache:
      keep: { stale: 2s }
`,
  }, { env: { DRAIN: '5s' } })
  const at = (pointer: string) => placeOf(config, pointer)
  t.equal(config.drain, 5000)
  t.equal(at('/drain'), 'routes/a.yaml:5:8', 'a value from the environment')
  t.equal(at('/services/users'), 'routes/a.yaml:4:3', 'a map stands where its key does')
  t.equal(at('/services/users/targets/0/url'), 'routes/a.yaml:4:29')
  t.equal(at('/routes/get-user/match/path'), 'routes/c.yaml:4:13')
  t.equal(at('/routes/get-user/cache'), 'routes/c.yaml:6:5', 'a map that defaults were merged into')
  t.equal(at('/routes/get-user/cache/keep/stale'), 'routes/c.yaml:7:22')
  t.equal(at('/routes/get-user/cache/maxAge'), 'routes/b.yaml:3:13', 'a default keeps its place')
  t.equal(at('/routes/get-user/cache/vary/0'), 'routes/b.yaml:4:12')
  t.equal(at('/graphql/cache/maxAge'), 'routes/b.yaml:3:13')
  t.equal(at('/graphql/cache/size'), 'routes/b.yaml:7:18')
  t.equal(at('/unmatched/log'), 'routes/b.yaml:5:8')
  t.equal(at('/services/users/timeout/total'), 'routes/a.yaml:4:3', 'what stands nowhere is where it would stand')
  t.equal(at('/state'), '/state')
})

t.test('names that JavaScript knows are names like any other', async (t) => {
  const config = await configOf(t, { 'a.yaml': `${base}  constructor: { targets: [{ url: "http://127.0.0.1" }] }
routes: { toString: { match: { path: /a }, to: { service: constructor } } }` })
  t.same(Object.keys(config.services), ['users', 'constructor'])
  t.equal(config.routes['toString']?.to?.service, 'constructor')
})

t.test('an anchor repeats what it names', async (t) => {
  const config = await configOf(t, { 'a.yaml': `listeners: { a: { port: 1 } }
services:
  one: { targets: [{ url: "http://127.0.0.1" }], timeout: &slow { total: 60s } }
  two: { targets: [{ url: "http://127.0.0.2" }], timeout: *slow }
` })
  t.equal(config.services['two']?.timeout.total, 60_000)
})

t.test('files are read in the order of their names, hidden and other ones not at all', async (t) => {
  const route = (name: string) => `routes: { ${name}: { match: { path: /${name} }, to: { service: users } } }\n`
  const config = await configOf(t, { 'b.yml': route('b'), 'a.yaml': base, 'c.yaml': route('c'), 'notes.md': '# x', '.old.yaml': ': : :', 'schema.json': '{}' })
  t.same(Object.keys(config.routes), ['b', 'c'])
})
