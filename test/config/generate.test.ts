import { Ajv } from 'ajv'
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { Type } from 'typebox'
import { parse } from 'yaml'
import { errorTable } from '../../src/errors.ts'
import { generate, staleFiles } from '../../src/config/generate.ts'
import { documentShape } from '../../src/config/document.ts'
import { definePolicy } from '../../src/policy.ts'
import { base, cache, policies } from './folder.ts'

const files = generate(policies)
const schema = new Ajv({ strict: false, allErrors: true }).compile(JSON.parse(files['routes/schema.json'] ?? ''))
const accepts = (text: string) => schema(parse(text))

t.test('the editor accepts one file of a config', async (t) => {
  t.ok(accepts(base))
  t.ok(accepts('routes:\nservices:\n'), 'maps without entries')
  t.ok(accepts('defaults: { cache: { size: 1KiB } }\nroutes: { a: { match: { path: /a }, to: { service: x }, cache: { vary: [a] }, auth: none } }'), 'settings that defaults complete')
  t.ok(accepts('identity: { a: { type: api-key, keys: x }, b: { type: jwt, issuer: "http://x", audience: [a] } }'))
})

t.test('the editor accepts expressions wherever a value stands', async (t) => {
  t.ok(accepts(`listeners: { a: { port: "\${PORT:-8080}", host: "\${HOST}" } }
admin: { port: "\${PORT}", token: "\${TOKEN}" }
drain: \${DRAIN}
state: \${STATE}
limits: { a: { by: "\${BY}", rate: "\${RATE}", burst: "\${BURST}", mode: "\${MODE}" } }
services: { a: { targets: [{ url: "\${URL}" }], naming: "\${NAMING}" } }
graphql: { playground: "\${PLAYGROUND}" }
`))
})

t.test('the editor refuses what the gateway would', async (t) => {
  const cases = [
    'routs: {}',
    'unmatched: {}',
    'drain: 5 sec',
    'listeners: { a: { port: 99999 } }',
    'listeners: { a: { port: -1 } }',
    'listeners: { a: {} }',
    'listeners: { "a b": { port: 1 } }',
    'routes: { a: { to: { service: x } } }',
    'routes: { a: { match: { path: a }, to: { service: x } } }',
    'routes: { a: { match: { path: /a }, to: { service: x }, auth: non } }',
    'identity: { a: { type: oidc } }',
    'admin: { port: 1, token: short }',
    'graphql: { playground: perhaps }',
    'defaults: { cache: { maxAge: 5 } }',
  ]
  for (const text of cases) t.notOk(accepts(text), text)
})

t.test('the reference has every key, with unit, default and meaning', async (t) => {
  const page = files['docs/config.md'] ?? ''
  t.match(page, '| `services.<name>.timeout.connect` | duration from 1ms up to 24d | `500ms` | To open a connection. |')
  t.match(page, '| `services.<name>.targets` | list of maps | required | The addresses of the service. |')
  t.match(page, '| `identity.<name>.type` | `api-key` | required |')
  t.match(page, '| `cache.maxAge` | duration | required | How long. |')
  t.match(page, '| `cache.mode` | `enforce` or `shadow` | `enforce` |')
  t.match(page, '| `auth.required` | `true` or `false` | `true` | Whether a credential is needed. |')
  t.match(page, 'Value: duration up to 24d; default: `30s`.')
  const sections = [...page.matchAll(/^#{2,3} `?(.*?)`?$/gm)].map(([, title]) => title)
  t.same(sections, ['listeners', 'admin', 'trustedProxies', 'zone', 'overload', 'state', 'drain', 'identity', 'limits', 'services', 'defaults', 'routes', 'graphql', 'openapi', 'Policies', 'log', 'auth', 'cache'])
})

t.test('the error page has every code', async (t) => {
  const page = files['docs/errors.md'] ?? ''
  for (const [code, { status, title }] of Object.entries(errorTable)) t.match(page, `| \`${code}\` | ${status} | ${title}. |`)
})

t.test('a file that is missing or differs is stale', async (t) => {
  const root = t.testdir()
  t.same(await staleFiles(root, files), Object.keys(files))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  t.same(await staleFiles(root, files), [])
  writeFileSync(join(root, 'docs/errors.md'), 'old')
  t.same(await staleFiles(root, files), ['docs/errors.md'])
})

t.test('two policies cannot have one key, nor one that a route has', async (t) => {
  t.throws(() => documentShape([cache, cache]), { message: 'the policy cache has the key "cache", which is taken' })
  const match = definePolicy({ name: 'matcher', key: 'match', config: Type.Object({}), apply: () => undefined })
  t.throws(() => documentShape([match]), { message: 'the policy matcher has the key "match", which is taken' })
})

t.test('run by itself, it says what is stale and what to do', async (t) => {
  const script = join(import.meta.dirname, '../../src/config/generate.ts')
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' })
  t.equal(stdout, '', 'it writes nothing')
  if (status === 0) t.equal(stderr, '')
  else t.match(stderr, /^(\S+ is stale; run "npx node src\/config\/generate\.ts"\n)+$/)
})
