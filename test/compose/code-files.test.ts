import { pathToFileURL } from 'node:url'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { request } from 'undici'
import { loadCode } from '../../src/compose/code/load.ts'
import { loadSchema } from '../../src/compose/load.ts'
import { startBackend } from '../backend.ts'
import { startGateway, writeFiles } from '../gateway.ts'

const index = pathToFileURL(join(import.meta.dirname, '../../src/index.ts')).href
const file = (body: string) => `import { defineResolvers } from '${index}'\n\nexport default defineResolvers({\n${body}\n})\n`
const sdl = `type Query {
  me: User @rest(service: "users", get: "/me")
}
type User {
  id: ID!
  label: String
  name: String @map(from: "full_name")
}
`

async function problemsOf(dir: string): Promise<string[]> {
  const loaded = await loadSchema(dir, { services: { users: {} } })
  return 'problems' in loaded ? loaded.problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`) : []
}

t.test('each problem comes with its place', async (t) => {
  const cases: Record<string, string> = {
    '  Usr: { label: () => 1 },': 'schema/code.ts:4:10: there is no type "Usr"; did you mean "User"?',
    '  User: {\n    labl: () => 1,\n  },': 'schema/code.ts:5:5: User has no field "labl"; did you mean "label"?',
    '  ID: { label: () => 1 },': 'schema/code.ts:4:9: ID is no object type, and only those have resolvers',
    '  User: { name: () => 1 },': 'schema/test.graphql:7:16: User.name has @map, and a resolver at schema/code.ts:4:11; keep one',
    '  Query: { me() { return 1 } },': 'schema/test.graphql:2:12: Query.me has @rest, and a resolver at schema/code.ts:4:12; keep one',
    '  User: { label: 7 },': 'schema/code.ts:4:11: User.label is no resolver; give a function, or an object with "resolve" or "load"',
    '  User: { label: { call: 1, resolve: () => 1 } },': 'schema/code.ts:4:11: User.label has an unknown key "call"; did you mean "calls"?',
    '  User: { label: { calls: -1, resolve: () => 1 } },': 'schema/code.ts:4:11: User.label has "calls" that is no whole number; say how many calls one run makes at most',
    '  User: { label: { load: () => [1] } },': 'schema/code.ts:4:11: User.label has no "max"; say how many parents "load" takes at once',
    '  User: { label: { max: 3, resolve: () => 1 } },': 'schema/code.ts:4:11: User.label has "max", which goes with "load"',
    '  User: { label: {} },': 'schema/code.ts:4:11: User.label needs one function, "resolve" or "load"',
  }
  for (const [body, problem] of Object.entries(cases)) {
    const dir = t.testdir()
    writeFiles(dir, { 'schema/test.graphql': sdl, [`schema/code.ts`]: file(body) })
    t.strictSame(await problemsOf(dir), [problem])
  }
})

t.test('files that hold no resolvers, or can\'t be loaded', async (t) => {
  const dir = t.testdir()
  writeFiles(dir, {
    'schema/test.graphql': sdl, 'schema/types.ts': 'export type A = string\n', 'schema/a.d.ts': 'nonsense', 'schema/one.ts': file('  User: { label: () => 1 },'),
    'schema/two.ts': file('  User: { label: () => 2 },'), 'schema/other.ts': 'export default 7\n', 'schema/throws.ts': '\nthrow new Error("it is broken")\n', 'schema/torn.ts': 'export default {\n',
  })
  const problems = await problemsOf(dir)
  t.equal(problems.length, 4)
  t.match(problems[0], 'schema/other.ts:1:1: the default export is no resolvers; export default defineResolvers({ … }) of "sluice"')
  t.match(problems[1], 'schema/throws.ts:2:1: the file can\'t be loaded: it is broken')
  t.match(problems[2], /^schema\/torn\.ts:\d:1: the file can't be loaded: /)
  t.match(problems[3], 'schema/two.ts:4:11: User.label has another resolver at schema/one.ts:4:11; keep one')
  writeFiles(dir, { 'schema/throws.ts': 'export {}\n' })
  t.strictSame((await loadCode(dir)).problems.map(({ file }) => file), ['schema/other.ts', 'schema/torn.ts'], 'what failed is loaded anew')
})

t.test('a lookup or expression can\'t reach a resolver in code', async (t) => {
  const dir = t.testdir()
  writeFiles(dir, {
    'schema/test.graphql': `${sdl}extend type Query { coded: User }\nextend type User { best: User @resolve(query: "coded")  by: Int @rest(service: "users", get: "/{parent.label}") }`,
    'schema/code.ts': file('  Query: { coded: () => null },\n  User: { label: () => null },'),
  })
  t.strictSame(await problemsOf(dir), [
    'schema/test.graphql:10:47: Query.coded has a resolver in code, and only calls can be taken over; let User.best have one, too',
    'schema/test.graphql:10:97: User.label needs a call itself (a resolver in code), so no expression can read it',
  ])
})

const routes = (url: string) => `
listeners: { public: { host: 127.0.0.1, port: 0 } }
services:
  users: { targets: [{ url: "${url}" }] }
graphql: { path: /graphql, auth: none }
`

t.test('reload keeps the code that the process has, and says that it has changed', async (t) => {
  const backend = await startBackend(t, (_request, response) => response.setHeader('content-type', 'application/json').end('{"id":1,"full_name":"Ada"}'))
  const open = sdl.replace('me: User', 'me: User @public').replace('label: String', 'label: String @public')
  const { url, reloader, write, lines } = await startGateway(t, {
    'routes/gateway.yaml': routes(backend.url), 'schema/test.graphql': open, 'schema/code.ts': file('  User: { label: ({ parent }) => `first ${parent.name}` },'),
    'schema/types.ts': 'export type A = string\n',
  })
  const ask = async (field: string) => {
    const { body } = await request(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query: `{ me { ${field} } }` }) })
    return body.json()
  }
  t.match(await ask('label'), { data: { me: { label: 'first Ada' } } })
  t.match(await reloader.reload(), { taken: true, changed: [] })
  write({ 'schema/types.ts': 'export type B = string\n', 'schema/code.ts': file('  User: { label: () => "second" },'), 'schema/test.graphql': open.replace('id: ID!', 'id: ID! nick: String @map(from: "full_name")') })
  t.match(await reloader.reload(), { taken: true, changed: ['schema/code.ts'] })
  t.match(await lines.when(({ files }) => Array.isArray(files)), { files: ['schema/code.ts'], msg: 'changed code needs a new process; what was loaded before keeps serving' })
  t.match(await ask('label nick'), { data: { me: { label: 'first Ada', nick: 'Ada' } } })
})

t.test('sluice check loads the code too', async (t) => {
  const dir = t.testdir()
  writeFiles(dir, { 'routes/gateway.yaml': routes('http://127.0.0.1:9'), 'schema/test.graphql': sdl, 'schema/code.ts': file('  User: { labl: () => 1 },') })
  const bin = join(import.meta.dirname, '../../bin/sluice.js')
  const ran: unknown = await promisify(execFile)(process.execPath, [bin, 'check', dir]).catch((thrown: unknown) => thrown)
  t.match(ran, { code: 1, stderr: /schema\/code\.ts:4:11: User has no field "labl"; did you mean "label"\?/ })
})
