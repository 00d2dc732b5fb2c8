import t, { type Test } from 'tap'
import { Type } from 'typebox'
import { definePolicy } from '../../src/policy.ts'
import { base, policies, problemsOf, type Options } from './folder.ts'

/** `files` is the text below `base`, or whole files. */
async function says(t: Test, text: string, expected: string[], options?: Options) {
  t.same(await problemsOf(t, { 'a.yaml': base, 'b.yaml': text }, options), expected)
}

const route = (match: string, more = '') => `match: { ${match} }, to: { service: users }${more}`

t.test('an unknown key, with the key that was meant', async (t) => {
  await says(t, `routes:
  get-user:
    match:
      methods: [GET]
      pth: /users/{id}
    to: { service: users }
`, ['routes/b.yaml:5:7: unknown key "pth" in routes.get-user.match; did you mean "path"?'])
  await says(t, 'routs: {}\n', ['routes/b.yaml:1:1: unknown key "routs"; did you mean "routes"?'])
  await says(t, 'unmatched: {}\n', ['routes/b.yaml:1:1: unknown key "unmatched"'])
  await says(t, `routes: { a: { ${route('path: /a', ', cahce: { maxAge: 1s }')} } }`, [
    'routes/b.yaml:1:61: unknown key "cahce" in routes.a; did you mean "cache"?',
  ])
})

t.test('a missing key', async (t) => {
  await says(t, 'routes:\n  a: { match: {}, to: { service: users } }\n', ['routes/b.yaml:2:8: the key "path" is missing in routes.a.match'])
  t.same(await problemsOf(t, { 'a.yaml': 'drain: 5s\n' }), ['routes/a.yaml:1:1: the key "listeners" is missing'])
  t.same(await problemsOf(t, { 'a.yaml': 'listeners:\n' }), ['routes/a.yaml:1:1: listeners: at least 1 entry is needed here'])
})

t.test('a wrong unit', async (t) => {
  await says(t, `services:
  orders:
    targets: [{ url: http://127.0.0.1 }]
    timeout:
      attempt: 5 sec
      connect: 0s
      total: 90d
`, [
    'routes/b.yaml:5:16: services.orders.timeout.attempt: "5 sec" is not a duration such as 500ms, 3s or 5min',
    'routes/b.yaml:6:16: services.orders.timeout.connect: "0s" is less than 1ms',
    'routes/b.yaml:7:14: services.orders.timeout.total: "90d" is more than 24d',
  ])
  await says(t, 'limits: { all: { by: client.address, rate: 100/month, burst: many } }', [
    'routes/b.yaml:1:44: limits.all.rate: "100/month" is not a rate such as 100/min or 5/s',
    'routes/b.yaml:1:62: limits.all.burst: "many" is not a whole number',
  ])
})

t.test('a wrong kind of value', async (t) => {
  await says(t, `services: []
admin: 8081
state: 5
graphql: { playground: perhaps, path: }
trustedProxies: 10.0.0.0/8
`, [
    'routes/b.yaml:1:1: services: a list is not a map',
    'routes/b.yaml:2:8: admin: 8081 is not a map',
    'routes/b.yaml:3:8: state: 5 is not text; write it in quotes',
    'routes/b.yaml:4:24: graphql.playground: "perhaps" is not true or false',
    'routes/b.yaml:4:33: graphql.path: nothing is written here, where text belongs',
    'routes/b.yaml:5:17: trustedProxies: "10.0.0.0/8" is not a list',
  ])
})

t.test('a wrong word', async (t) => {
  await says(t, `services:
  orders: { targets: [{ url: ftp://x }], naming: snake_cas }
  none: { targets: [] }
state: redi
`, [
    'routes/b.yaml:2:30: services.orders.targets.0.url: "ftp://x" is not an address that starts with http:// or https://',
    'routes/b.yaml:2:50: services.orders.naming: "snake_cas" is not one of "as-is", "snake_case"; did you mean "snake_case"?',
    'routes/b.yaml:3:11: services.none.targets: at least 1 entry is needed here',
    'routes/b.yaml:4:8: state: "redi" is not "memory" or an address such as redis://host:6379',
  ])
})

t.test('of an identity provider, the key that is wrong', async (t) => {
  await says(t, `identity:
  a: { type: jwtt, issuer: "http://x", audience: shop }
  b: { issuer: "http://x" }
  c: { type: jwt, isuer: "http://x", audience: [] }
  d: { type: api-key, keys: x, audience: shop }
`, [
    'routes/b.yaml:2:14: identity.a.type: "jwtt" is not one of "jwt", "api-key", "mtls"; did you mean "jwt"?',
    'routes/b.yaml:3:3: the key "type" is missing in identity.b',
    'routes/b.yaml:4:19: unknown key "isuer" in identity.c; did you mean "issuer"?',
    'routes/b.yaml:4:38: identity.c.audience: at least 1 entry is needed here',
    'routes/b.yaml:5:32: unknown key "audience" in identity.d',
  ])
})

t.test('a name that is none', async (t) => {
  await says(t, `limits: { "per client": { by: client.address, rate: 5 } }`, [
    'routes/b.yaml:1:11: limits: "per client" is not a name of letters, digits, "-" and "_" that begins with a letter',
    'routes/b.yaml:1:53: limits.per client.rate: 5 is not a rate such as 100/min or 5/s',
  ])
  await says(t, 'services: { x: { targets: [{ url: "http://x" }], identity: { headers: { "x user": a } } } }', [
    'routes/b.yaml:1:73: services.x.identity.headers: "x user" is not a header name of letters, digits and "-"',
  ])
})

t.test('a name twice, in one file and across files', async (t) => {
  const files = { 'a.yaml': base, 'b.yaml': `drain: 5s\nroutes:\n  one: { ${route('path: /a')} }\n  one: { ${route('path: /b')} }\n`, 'c.yml': 'drain: 6s\nservices:\n  users: {}\n' }
  t.same(await problemsOf(t, files), [
    'routes/b.yaml:4:3: routes.one is defined twice; it is already in routes/b.yaml:3:3',
    'routes/c.yml:1:1: drain is defined twice; it is already in routes/b.yaml:1:1',
    'routes/c.yml:3:3: services.users is defined twice; it is already in routes/a.yaml:4:3',
  ])
})

t.test('a service that nothing declares', async (t) => {
  await says(t, 'routes: { a: { match: { path: /a }, to: { service: user } }, b: { match: { path: /b }, to: { service: toString } } }', [
    'routes/b.yaml:1:52: routes.a.to.service: there is no service "user"; did you mean "users"?',
    'routes/b.yaml:1:103: routes.b.to.service: there is no service "toString"',
  ])
})

t.test('a service that is declared wrongly is declared all the same', async (t) => {
  await says(t, 'services: { orders: { url: x } }\nroutes: { a: { match: { path: /a }, to: { service: orders } } }', [
    'routes/b.yaml:1:13: the key "targets" is missing in services.orders',
    'routes/b.yaml:1:23: unknown key "url" in services.orders',
  ])
})

t.test('matches that tie', async (t) => {
  const files = {
    'a.yaml': base,
    'b.yaml': `routes:\n  first: { ${route('methods: [GET, PUT], path: "/x/{id}"')} }\n`,
    'c.yaml': `routes:\n  second: { ${route('methods: [GET], path: "/x/{key}"')} }\n  third: { ${route('path: "/x/{key}"')} }\n`,
    'd.yaml': `graphql: {}\nroutes:\n  query: { ${route('methods: [POST], path: /graphql')} }\n`,
  }
  t.same(await problemsOf(t, files), [
    'routes/c.yaml:2:13: routes.second.match: the same requests match routes.first, in routes/b.yaml:2:12; tell them apart by host, path, method or header',
    'routes/d.yaml:1:1: graphql: the same requests match routes.query, in routes/d.yaml:3:12; tell them apart by host, path, method or header',
  ])
})

t.test('a match that cannot be used', async (t) => {
  await says(t, `routes:
  a: { ${route('path: "/a/{id}/{id}"')} }
  b: { ${route('path: a')} }
  c: { ${route('path: /a, hosts: ["Example.com:80"], methods: [get]')} }
`, [
    'routes/b.yaml:2:23: routes.a.match.path: the parameter {id} stands twice in "/a/{id}/{id}"',
    'routes/b.yaml:3:23: routes.b.match.path: "a" is not a path that starts with "/"',
    'routes/b.yaml:4:35: routes.c.match.hosts.0: "Example.com:80" is not a lower-case host name without a port',
    'routes/b.yaml:4:64: routes.c.match.methods.0: "get" is not a method in capitals, such as GET',
  ])
})

t.test('a path to a service that cannot be written', async (t) => {
  const to = (path: string, target: string) => `{ match: { path: "${path}" }, to: { service: users, path: "${target}" } }`
  await says(t, `routes:
  a: ${to('/a/{id}', '/users/{ids}')}
  one-page: ${to('/b/{id}/*', '/users/{id}')}
  c: ${to('/c', '/users/*')}
  d: ${to('/d/{id}', '/users{?id}')}
  e: ${to('/e', '/users/{parent.id}')}
  f: ${to('/f', '/users/{identity.name}')}
  g: ${to('/g/{id}', '/users/{id')}
  fine: ${to('/{tenant}/*', '/t/{tenant}/{identity.subject}/{identity.claims.region}/*')}
  root: ${to('/root/*', '/*')}
`, [
    'routes/b.yaml:2:64: routes.a.to.path: {ids} is not a parameter of match.path; did you mean "id"?',
    'routes/b.yaml:4:59: routes.c.to.path: the closing "/*" passes on what match.path takes with one, but match.path has none',
    "routes/b.yaml:5:64: routes.d.to.path: a path has no query; the client's own query is passed on",
    'routes/b.yaml:6:59: routes.e.to.path: {parent.x} belongs to GraphQL; a route has the parameters of its path and the identity',
    'routes/b.yaml:7:59: routes.f.to.path: {identity.name} is unknown; an identity has identity.subject, identity.provider and identity.claims.x',
    'routes/b.yaml:8:64: routes.g.to.path: the expression is not closed by "}"',
  ])
})

t.test('what a service is told, asks and promises', async (t) => {
  await says(t, `services:
  orders:
    targets: [{ url: http://127.0.0.1 }]
    identity: { headers: { x-user: "{id}", x-org: "{identity.org}", x-fine: "{identity.claims.org}" } }
    access:
      - { path: "/a/*/b" }
    contract: { openapi: none.yaml }
`, [
    'routes/b.yaml:4:36: services.orders.identity.headers.x-user: {id} has no value here; only {identity.subject}, {identity.provider} and {identity.claims.x} do',
    'routes/b.yaml:4:51: services.orders.identity.headers.x-org: {identity.org} is unknown; an identity has identity.subject, identity.provider and identity.claims.x',
    'routes/b.yaml:6:17: services.orders.access.0.path: "*" may only be the last segment of a path',
    `routes/b.yaml:7:26: services.orders.contract.openapi: there is no file "none.yaml"; the path starts from this file's folder`,
  ])
})

t.test('fallbacks that cannot answer', async (t) => {
  const service = (name: string, fallback: string) => `  ${name}: { targets: [{ url: "http://x" }], fallback: ${fallback} }\n`
  await says(t, `services:
${service('empty', '{}')}${service('lost', '{ service: user }')}${service('own', '{ service: own }')}${service('fine', '{ service: a }')}\
${service('a', '{ service: b, respond: { json: {} } }')}${service('b', '{ service: c }')}${service('c', '{ service: a }')}\
${service('both', '{ respond: { body: x, json: {}, headers: { x-sluice-fallback: none, x-fine: "{x}" } } }')}\
${service('none', '{ respond: { status: 204, body: x, headers: { x-bad: "a\\nb" } } }')}`, [
    'routes/b.yaml:2:44: services.empty.fallback: one of stale, service and respond is needed',
    'routes/b.yaml:3:64: services.lost.fallback.service: there is no service "user"; did you mean "users"?',
    'routes/b.yaml:4:63: services.own.fallback.service: fallbacks lead in a circle, from own to own',
    'routes/b.yaml:6:61: services.a.fallback.service: fallbacks lead in a circle, from a to b to c to a',
    'routes/b.yaml:9:75: services.both.fallback.respond.json: an answer has one of body and json',
    'routes/b.yaml:9:115: services.both.fallback.respond.headers.x-sluice-fallback: x-sluice-fallback is not for fallbacks to set; Sluice itself answers for it',
    'routes/b.yaml:10:74: services.none.fallback.respond.status: an answer with the status 204 has no body',
    'routes/b.yaml:10:106: services.none.fallback.respond.headers.x-bad: a header has no control characters',
  ])
})

t.test('keys that cannot be read, and samples that are not there', async (t) => {
  await says(t, `identity: { partners: { type: api-key, keys: "plain-key acme" } }
graphql: { samples: nowhere }
`, [
    'routes/b.yaml:1:46: identity.partners.keys: line 1 of the keys must begin with "sha256:" and 64 hexadecimal digits',
    `routes/b.yaml:2:21: graphql.samples: there is no folder "nowhere"; the path starts from this file's folder`,
  ])
})

t.test('an admin side that anyone could reach', async (t) => {
  await says(t, 'admin: { host: 0.0.0.0, port: 8081 }', [
    'routes/b.yaml:1:16: admin.host: "0.0.0.0" is not a loopback address, and then the key "token" is needed in admin',
  ])
  await says(t, 'admin: { host: 0.0.0.0, port: 8081, token: short }', ['routes/b.yaml:1:44: admin.token: the text is shorter than 16 characters'])
  for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) await says(t, `admin: { host: "${host}", port: 8081 }`, [])
  await says(t, 'admin: { host: 0.0.0.0, port: 8081, token: 0123456789abcdef-x }', [])
})

t.test('proxies that are no addresses', async (t) => {
  await says(t, 'trustedProxies: ["10.1", "10.0.0.0/33", proxy.local, 10.0.0.0/8, "::1", "fd00::/8", 192.168.1.1]', [
    'routes/b.yaml:1:18: trustedProxies.0: "10.1" is not an address or a CIDR such as 10.0.0.0/8',
    'routes/b.yaml:1:26: trustedProxies.1: "10.0.0.0/33" is not an address or a CIDR such as 10.0.0.0/8',
    'routes/b.yaml:1:41: trustedProxies.2: "proxy.local" is not an address or a CIDR such as 10.0.0.0/8',
  ])
})

t.test('settings of policies', async (t) => {
  await says(t, `identity: { main: { type: jwt, issuer: "http://x", audience: shop } }
defaults:
  auth: { providers: [maim] }
  cache: { size: 1MB }
routes:
  a: { ${route('path: /a', ', cache: { maxAge: 5, mode: shado }, auth: { mode: shadow }')} }
  b: { ${route('path: /b', ', cache: { maxAge: 5s, size: 1KiB }, auth: non')} }
  c: { ${route('path: /c', ', log: { sample: 0 }')} }
  d: { ${route('path: /d', ', log: al, cache: { maxAge: 1s }')} }
`, [
    'routes/b.yaml:3:23: defaults.auth.providers.0: no provider "maim"; did you mean "main"?',
    'routes/b.yaml:4:3: the key "maxAge" is missing in defaults.cache',
    'routes/b.yaml:4:18: defaults.cache.size: "1MB" is not a size such as 64KiB or 1MiB',
    'routes/b.yaml:6:70: routes.a.cache.maxAge: 5 is not a duration such as 500ms, 3s or 5min',
    'routes/b.yaml:6:79: routes.a.cache.mode: "shado" is not one of "enforce", "shadow"; did you mean "shadow"?',
    'routes/b.yaml:6:96: unknown key "mode" in routes.a.auth',
    'routes/b.yaml:7:94: routes.b.auth: "non" is not a map or "none"; did you mean "none"?',
    'routes/b.yaml:8:68: routes.c.log.sample: 0 is less than 1',
    'routes/b.yaml:9:58: routes.d.log: "al" is not "all" or "failures" or a map; did you mean "all"?',
  ])
})

t.test('a default that no route completes is said once', async (t) => {
  const routes = ['a', 'b', 'c'].map((name) => `  ${name}: { ${route(`path: /${name}`)} }\n`).join('')
  await says(t, `defaults: { cache: { size: 1KiB } }\nroutes:\n${routes}`, ['routes/b.yaml:1:13: the key "maxAge" is missing in defaults.cache'])
})

t.test('files that are no YAML', async (t) => {
  const cases: Record<string, string[]> = {
    'a: [1, 2\n': ['routes/b.yaml:2:1: this is not valid YAML: flow sequence in block collection must be sufficiently indented and end with a ]'],
    'a: "x\n': ['routes/b.yaml:2:1: this is not valid YAML: missing closing "quote'],
    'listeners: { a: { port: ${PORT} } }\n': ['routes/b.yaml:1:26: this is not valid YAML: within { } and [ ] an expression such as ${NAME} stands in quotes'],
    'drain: 5s\n---\ndrain: 6s\n': ['routes/b.yaml:2:1: this is not valid YAML: a file has one document, and "---" starts another'],
    'state: !secret x\n': ['routes/b.yaml:1:8: this is not valid YAML: unresolved tag: !secret'],
    '- a\n': ['routes/b.yaml:1:1: a file of the config is a map, with keys such as routes and services'],
    'limits: *x\n': ['routes/b.yaml:1:1: there is no anchor "&x" above'],
    'limits: { __proto__: {} }\n': ['routes/b.yaml:1:11: the key "__proto__" is not allowed'],
    '# nothing\n': [],
  }
  for (const [text, expected] of Object.entries(cases)) await says(t, text, expected)
})

t.test('an alias that leads back to itself', async (t) => {
  const [first] = await problemsOf(t, { 'a.yaml': base, 'b.yaml': 'limits: &all\n  a: *all\n' })
  t.equal(first, 'routes/b.yaml:2:3: an alias cannot stand within what another repeats')
})

t.test('while a file cannot be read, nothing is said of what it may declare', async (t) => {
  const files = { 'a.yaml': 'services: { users: [\n', 'b.yaml': `drain: soon\nroutes: { a: { ${route('path: /a')} } }\n` }
  t.same(await problemsOf(t, files), [
    'routes/a.yaml:2:1: this is not valid YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
    'routes/b.yaml:1:8: drain: "soon" is not a duration such as 500ms, 3s or 5min',
  ])
})

t.test('a folder without a config', async (t) => {
  t.same(await problemsOf(t, {}), ['routes:1:1: there is no config here, such as gateway.yaml'])
  t.same(await problemsOf(t, { 'a.yaml': { 'b.yaml': '' } as never }), ['routes/a.yaml:1:1: the file cannot be read'])
})

t.test('what cannot be had from outside', async (t) => {
  await says(t, 'state: "${STATE}"\ndrain: ${DRAIN\nadmin: { port: 1, token: "${file:token.txt}" }\n', [
    'routes/b.yaml:1:8: state: the variable STATE is not set, and "${STATE}" has no default',
    'routes/b.yaml:2:8: drain: "${DRAIN" has a "${" that no "}" closes; a literal "${" is written "$${"',
    'routes/b.yaml:3:26: admin.token: the file of "${file:token.txt}" cannot be read',
  ])
})

t.test('a value from outside is never shown', async (t) => {
  const nosy = definePolicy({
    name: 'nosy',
    key: 'nosy',
    config: Type.Object({ word: Type.String(), keys: Type.String({ default: '' }) }),
    check: ({ word, keys }) => [
      { pointer: '/word', message: `no "${word}"` },
      { pointer: '/keys', message: `bad line ${keys.split('\n')[1] ?? ''}` },
    ],
    apply: () => undefined,
  })
  const text = `state: "\${SECRET}"
drain: "\${SECRET}"
admin: { host: "\${SECRET}", port: "\${SECRET}", token: "\${SECRET:-x}" }
trustedProxies: ["\${SECRET}"]
identity: { main: { type: "\${SECRET}" } }
routes:
  a: { match: { path: "\${SECRET}" }, to: { service: "\${SECRET}" }, nosy: { word: "a \${SECRET}", keys: "\${KEYS}" } }
`
  const problems = await problemsOf(t, { 'a.yaml': base, 'b.yaml': text }, { env: { SECRET: 'hunter2', KEYS: 'one\nhunter2 two' }, policies: [...policies, nosy] })
  t.same(problems, [
    'routes/b.yaml:1:8: state: "${SECRET}" is not "memory" or an address such as redis://host:6379',
    'routes/b.yaml:2:8: drain: "${SECRET}" is not a duration such as 500ms, 3s or 5min',
    'routes/b.yaml:3:35: admin.port: "${SECRET}" is not a whole number',
    'routes/b.yaml:3:55: admin.token: the text is shorter than 16 characters',
    'routes/b.yaml:4:18: trustedProxies.0: "${SECRET}" is not an address or a CIDR such as 10.0.0.0/8',
    'routes/b.yaml:5:27: identity.main.type: "${SECRET}" is not one of "jwt", "api-key", "mtls"',
    'routes/b.yaml:7:23: routes.a.match.path: "${SECRET}" is not a path that starts with "/"',
    'routes/b.yaml:7:53: routes.a.to.service: there is no service "${SECRET}"',
    'routes/b.yaml:7:82: routes.a.nosy.word: no "a ${SECRET}"',
    'routes/b.yaml:7:103: routes.a.nosy.keys: bad line ${KEYS}',
  ])
  t.notMatch(problems.join('\n'), /hunter2/)
})

t.test('a pattern error repeats the path, but not one from outside', async (t) => {
  const text = `routes: { a: { match: { path: "/\${SECRET}*" }, to: { service: users, path: "/{\${SECRET}" } } }
services: { x: { targets: [{ url: "http://x" }], access: [{ path: "/\${SECRET}*" }], identity: { headers: { x: "{\${SECRET}}" } } } }
`
  const problems = await problemsOf(t, { 'a.yaml': base, 'b.yaml': text }, { env: { SECRET: 'hunter2' } })
  t.equal(problems.length, 3)
  t.notMatch(problems.join('\n'), /hunter2/)
})

t.test('everything at once, sorted by file, line and column', async (t) => {
  const files = {
    'b.yaml': `routes:
  two: { match: { path: /x }, to: { service: usr } }
  one: { match: { pth: /x }, to: { service: users }, cache: { maxAge: 5 sec } }
`,
    'a.yaml': 'drain: 1 s\nlisteners: { public: { port: 99999 } }\n',
    'c.yaml': 'services:\n  users: { targets: [{ url: "http://x" }], naming: kebab }\nroutes:\n  three: { match: { path: /x }, to: { service: users } }\n  two: {}\n',
  }
  t.same(await problemsOf(t, files), [
    'routes/a.yaml:1:8: drain: "1 s" is not a duration such as 500ms, 3s or 5min',
    'routes/a.yaml:2:30: listeners.public.port: 99999 is more than 65535',
    'routes/b.yaml:2:46: routes.two.to.service: there is no service "usr"; did you mean "users"?',
    'routes/b.yaml:3:19: unknown key "pth" in routes.one.match; did you mean "path"?',
    'routes/b.yaml:3:71: routes.one.cache.maxAge: "5 sec" is not a duration such as 500ms, 3s or 5min',
    'routes/c.yaml:2:52: services.users.naming: "kebab" is not one of "as-is", "snake_case"',
    'routes/c.yaml:4:12: routes.three.match: the same requests match routes.two, in routes/b.yaml:2:10; tell them apart by host, path, method or header',
    'routes/c.yaml:5:3: routes.two is defined twice; it is already in routes/b.yaml:2:3',
  ])
})
