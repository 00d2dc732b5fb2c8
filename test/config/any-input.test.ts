import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { parse, stringify } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { policies } from './folder.ts'

const sound = `listeners: { public: { port: 8080 } }
admin: { port: 8081 }
trustedProxies: [10.0.0.0/8]
state: memory
drain: 5s
identity:
  main: { type: jwt, issuer: "http://127.0.0.1", audience: [shop] }
  keys: { type: api-key, keys: 'sha256:8254c329a92850f6d539dd376f4816ee2764517da5e0235514af433164480d7a acme' }
limits: { all: { by: client.address, rate: 5/s, burst: 9 } }
services:
  users:
    targets: [{ url: "http://127.0.0.1" }]
    access: [{ path: /a/*, scopes: [a], claims: { a: 1 } }]
    identity: { headers: { x-user: "{identity.subject}" } }
    timeout: { total: 5s }
defaults: { auth: { providers: [main] }, log: all, cache: { maxAge: 1s } }
routes:
  one: { match: { path: "/a/{id}/*", methods: [GET], headers: { x-a: b } }, to: { service: users, path: "/b/{id}/*" }, log: { sample: 3 } }
  two: { match: { path: /b }, to: { service: users }, auth: none, cache: { keep: { stale: 1s } } }
graphql: { path: /graphql, operations: { depth: 3 }, auth: { required: false } }
`

type Steps = (string | number)[]

function pathsOf(value: unknown, at: Steps = []): Steps[] {
  if (typeof value !== 'object' || value === null) return [at]
  return [at, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...at, key]))]
}

/** A copy in which what `path` leads to is another value, or gone. */
function changed(value: unknown, [step, ...rest]: Steps, to: unknown): unknown {
  if (step === undefined) return to
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [...value] : { ...(value as object) }
  Reflect.set(copy, step, changed(Reflect.get(copy, step), rest, to))
  if (Reflect.get(copy, step) === undefined) Reflect.deleteProperty(copy, step)
  return copy
}

const odd = fc.oneof(
  fc.constantFrom(undefined, null, '', 0, -1, 1.5, true, 'none', '/', '/*', '/{x}/{x}', '{', '}', '{identity.subject}', '${X}', '${Y', 'toString', '5s', Number.NaN),
  fc.constantFrom([], {}, [[]], [null], { a: {} }, { constructor: {} }, { mode: 'shadow' }, { type: 'jwt' }),
  fc.string(),
)

t.test('whatever stands in the config, it is refused with places, or survives', async (t) => {
  const dir = t.testdir({ routes: {} })
  const data: unknown = parse(sound)
  const paths = pathsOf(data).slice(1)
  const changes = fc.array(fc.tuple(fc.constantFrom(...paths), odd), { minLength: 1, maxLength: 3 })
  await fc.assert(fc.asyncProperty(changes, async (list) => {
    const text = stringify(list.reduce((value, [path, to]) => pathsOf(value).some((known) => String(known) === String(path)) ? changed(value, path, to) : value, data))
    writeFileSync(join(dir, 'routes/a.yaml'), text)
    const loaded = await loadConfig(dir, { env: { X: 'secret-of-x' }, policies })
    if ('config' in loaded) return JSON.stringify(structuredClone(loaded.config)) === JSON.stringify(loaded.config)
    const lines = text.split('\n').length
    return loaded.problems.length > 0 && loaded.problems.every(({ file, line, column, message }) => {
      const placed = file === 'routes/a.yaml' && line >= 1 && line <= lines && column >= 1
      return placed && message !== '' && !message.includes('secret-of-x') && !/undefined|\[object|must (be|have|NOT)\b/.test(message)
    })
  }), { numRuns: 150 })
})

t.test('the config that the changes start from is sound', async (t) => {
  const dir = t.testdir({ routes: { 'a.yaml': sound } })
  t.hasOwnProp(await loadConfig(dir, { env: {}, policies }), 'config')
})
