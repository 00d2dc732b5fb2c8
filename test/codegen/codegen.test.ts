import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { generateTypes, main } from '../../src/codegen/generate.ts'
import { staleFiles } from '../../src/config/generate.ts'
import { writeFiles } from '../gateway.ts'

const root = join(import.meta.dirname, '../..')

const sdl = `
scalar DateTime
scalar Odd
type Query {
  user(id: ID!): User @rest(service: "users", get: "/users/{id}")
  coded(first: Int = 3, at: DateTime): [Pet!]
}
union Pet = Cat | Dog
type Cat { lives: Int! }
type Dog { name: String }
type User { id: ID!  born: DateTime  odd: Odd  secret: ID @internal  boss: User @resolve(query: "user", args: { id: "{parent.secret}" })  label: String  kind: Kind }
enum Kind { A B }
`
const openapi = `openapi: 3.1.0
info: { title: users, version: "1" }
paths:
  /users/{id}:
    get:
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses: { "200": { description: ok, content: { application/json: { schema: { type: object, required: [full_name], properties: { full_name: { type: string } } } } } }, "404": { description: none } }
`
const routes = `
listeners: { public: { host: 127.0.0.1, port: 0 } }
services:
  users: { targets: [{ url: "http://127.0.0.1:9" }], contract: { openapi: ../users.yaml } }
  other-one: { targets: [{ url: "http://127.0.0.1:9" }] }
graphql: { path: /graphql, auth: none }
`

function folder(t: Test, more: Record<string, string> = {}): string {
  const dir = t.testdir()
  writeFiles(dir, { 'routes/gateway.yaml': routes, 'schema/a.graphql': sdl, 'users.yaml': openapi, ...more })
  return dir
}

async function typesOf(dir: string): Promise<Readonly<Record<string, string>>> {
  const generated = await generateTypes(dir, {})
  if ('problems' in generated) throw new Error(JSON.stringify(generated.problems))
  return generated.files
}

t.test('rows are what code sees: without what composition adds, by the schema\'s names', async (t) => {
  const text = (await typesOf(folder(t)))['schema/generated.ts'] ?? ''
  t.match(text, [
    'export interface UserRow {', "  readonly __typename?: 'User'", "  readonly id: Scalars['ID']['output']", "  readonly born: Scalars['DateTime']['output'] | null",
    "  readonly odd: Scalars['Odd']['output'] | null", "  readonly secret: Scalars['ID']['output'] | null", "  readonly label: Scalars['String']['output'] | null", '  readonly kind: Kind | null', '}',
  ].join('\n'))
  t.match(text, 'export type PetRow = CatRow | DogRow')
  t.match(text, 'DateTime: { input: string; output: string; }')
  t.match(text, 'Odd: { input: unknown; output: unknown; }')
  t.match(text, '    readonly coded?: CodeField<Nothing, Query_codedArgs, ReadonlyArray<PetRow> | null, Services>')
  t.notMatch(text, 'readonly user?: CodeField', 'a directive binds it')
  t.match(text, "  readonly 'other-one': ServiceCalls\n  readonly 'users': ServiceOf<users_paths>")
})

t.test('a field that code resolves is no part of its own parent', async (t) => {
  const code = `import { defineResolvers } from '${new URL('../../src/index.ts', import.meta.url).href}'\nexport default defineResolvers({ User: { label: () => 'x' } })\n`
  const text = (await typesOf(folder(t, { 'schema/code.ts': code })))['schema/generated.ts'] ?? ''
  t.notMatch(text, /interface UserRow \{[^}]*label/)
  t.match(text, 'readonly label?: CodeField<UserRow')
})

t.test('the types hold what resolvers do, and refuse what they can\'t', async (t) => {
  const dir = folder(t, {
    'tsconfig.json': JSON.stringify({ extends: join(root, 'tsconfig.json'), include: ['schema'] }),
    'schema/code.ts': `import { defineResolvers } from 'sluice'
import type { Resolvers } from './generated.ts'

export default defineResolvers<Resolvers>({
  Query: { coded: ({ args: { first, at } }) => [{ lives: first ?? 0, __typename: 'Cat' }, { name: at ?? null }] },
  User: {
    label: {
      calls: 1,
      resolve: async ({ parent, services: { users } }) => {
        const found = await users.get('/users/{id}{?lang}', { id: parent.secret, lang: 'en' })
        const name: string | undefined = found?.full_name
        // @ts-expect-error the service's document has no such path
        const none: string = await users.get('/nothing')
        // @ts-expect-error a composed field is no part of a row
        return name ?? none ?? parent.boss
      },
    },
    // @ts-expect-error the kind is none of the enum's
    kind: () => 'C',
  },
})
`,
  })
  writeFiles(dir, await typesOf(dir))
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', dir], { cwd: dir }).catch((thrown: unknown) => {
    return { stdout: thrown instanceof Error && 'stdout' in thrown ? String(thrown.stdout) : String(thrown) }
  })
  t.equal(stdout, '')
})

t.test('--check fails where types are stale, and writing mends it', async (t) => {
  const dir = folder(t)
  const run = async (...words: string[]) => {
    const [told, wrong] = [t.capture(console, 'log'), t.capture(console, 'error')]
    const code = await main(dir, words, {})
    return { code, lines: [...told(), ...wrong()].map(({ args }) => String(args[0])) }
  }
  const files = ['schema/generated.ts', 'schema/services/users.ts']
  t.strictSame(await run('--check'), { code: 1, lines: files.map((path) => `${path} is stale; run "npm run codegen"`) })
  t.strictSame(await run(), { code: 0, lines: files.map((path) => `wrote ${path}`) })
  t.match(await readFile(join(dir, 'schema/services/users.ts'), 'utf8'), 'readonly full_name: string')
  t.strictSame(await run('--check'), { code: 0, lines: [] })
  writeFiles(dir, { 'schema/a.graphql': sdl.replace('lives: Int!', 'lives: Int! age: Int') })
  t.strictSame(await run('--check'), { code: 1, lines: ['schema/generated.ts is stale; run "npm run codegen"'] })
  writeFiles(dir, { 'schema/a.graphql': 'type Query {' })
  t.match(await run(), { code: 1, lines: [/^schema\/a\.graphql:1:13: /] })
})

t.test('the shop\'s own types are fresh', async (t) => {
  t.strictSame(await staleFiles(root, await typesOf(root)), [])
})
