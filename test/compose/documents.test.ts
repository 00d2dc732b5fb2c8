import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadTrusted } from '../../src/compose/trusted.ts'
import { bind, compose, exchange, limits } from './fixture.ts'

const sdl = `
  type Query { hello(name: String): String @public @rest(service: "shop", get: "/hello{?name}") }
  type Mutation { change: String @public @rest(service: "shop", post: "/change") }
`

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const greet = 'query Greet($name: String) { hello(name: $name) }'
const change = 'mutation Change { change }'

/** Trusts what a manifest file says. */
async function trust(t: Test, manifest: unknown) {
  const dir = t.testdir()
  const path = join(dir, 'documents.json')
  writeFileSync(path, typeof manifest === 'string' ? manifest : JSON.stringify(manifest, null, 2))
  const bound = bind(sdl, { shop: {} })
  if ('problems' in bound) throw new Error(JSON.stringify(bound.problems))
  return loadTrusted(dir, path, { schema: bound.bound.schema, limits })
}

async function composed(t: Test, documents: { only?: boolean, apq?: boolean }, manifest?: unknown) {
  const loaded = manifest === undefined ? undefined : await trust(t, manifest)
  if (loaded !== undefined && 'problems' in loaded) throw new Error(JSON.stringify(loaded.problems))
  const { endpoint, paths } = compose(sdl, () => ({ json: 'hi' }), {
    settings: { documents: { only: false, apq: false, ...documents } }, ...loaded === undefined ? {} : { trusted: loaded.trusted },
  })
  const tell = async (asked: ReturnType<typeof endpoint.handle>) => {
    const { status, body } = await asked
    const { data, errors } = JSON.parse(String(body))
    return { status, data, code: errors?.[0].extensions.code, message: errors?.[0].message }
  }
  const post = (body: unknown) => tell(endpoint.handle(exchange(), Buffer.from(JSON.stringify(body))))
  const get = (parameters: Record<string, string>) => {
    return tell(endpoint.handle(exchange({ method: 'GET', query: `?${new URLSearchParams(parameters).toString()}`, headers: { accept: 'application/json' } }), null))
  }
  return { post, get, paths }
}

const persisted = (sha256Hash: string, version = 1) => ({ persistedQuery: { version, sha256Hash } })
const greeted = { status: 200, data: { hello: 'hi' } }

const apollo = {
  format: 'apollo-persisted-query-manifest', version: 1,
  operations: [
    { id: 'greet', name: 'Greet', type: 'query', body: greet }, { id: sha256(change), name: 'Change', type: 'mutation', body: change },
  ],
}

for (const [kind, manifest] of [['ids', { greet, [sha256(change)]: change }], ["Apollo's format", apollo]] as const) {
  t.test(`documents of a manifest by ${kind}`, async (t) => {
    const { post, get, paths } = await composed(t, { only: true }, manifest)
    t.match(await post({ documentId: 'greet', variables: { name: 'a' } }), greeted)
    t.match(await get({ documentId: 'greet', variables: '{"name":"b"}' }), greeted)
    t.match(await get({ extensions: JSON.stringify(persisted('greet')) }), greeted)
    t.match(await post({ extensions: persisted(sha256(change)) }), { data: { change: 'hi' } })
    t.match(await post({ documentId: `sha256:${sha256(change)}` }), { data: { change: 'hi' } })
    t.match(await post({ query: greet }), greeted, 'the same text is the same document')
    t.match(await post({ query: greet, documentId: 'greet' }), greeted)
    t.strictSame(paths(), ['shop GET /hello?name=a', 'shop GET /hello?name=b', 'shop GET /hello', 'shop POST /change', 'shop POST /change', 'shop GET /hello', 'shop GET /hello'])
  })
}

t.test('with `only` every other document is refused', async (t) => {
  const { post, get, paths } = await composed(t, { only: true }, { greet })
  const refusal = { status: 403, data: undefined, code: 'DOCUMENT_NOT_TRUSTED' }
  t.match(await post({ query: '{ hello }' }), refusal)
  t.match(await post({ query: `${greet} ` }), refusal)
  t.match(await get({ query: '{ hello }' }), refusal)
  t.match(await post({ documentId: 'other' }), refusal)
  t.match(await post({ documentId: 'other', query: '{ hello }' }), refusal)
  t.match(await post({ extensions: persisted(sha256('{ hello }')), query: '{ hello }' }), refusal)
  t.match(await post({ extensions: persisted(sha256('{ hello }')) }), refusal)
  t.match(await post({ documentId: '__proto__' }), refusal)
  t.match(await post({ documentId: 'greet', query: '{ hello }' }), { status: 400, code: 'BAD_REQUEST' })
  t.match(await post({ documentId: 7 }), { status: 400, code: 'BAD_REQUEST' })
  t.match(await post({}), { status: 400, code: 'BAD_REQUEST' })
  t.strictSame(paths(), [])
})

t.test('without `only` the manifest saves sending documents, and others are sent whole', async (t) => {
  const { post } = await composed(t, {}, { greet })
  t.match(await post({ query: '{ hello }' }), greeted)
  t.match(await post({ extensions: persisted(sha256('{ hello }')), query: '{ hello }' }), greeted)
  t.match(await post({ documentId: 'other' }), { code: 'DOCUMENT_NOT_TRUSTED' })
  t.match(await post({ extensions: persisted(sha256('{ hello }')) }), { status: 200, code: 'PERSISTED_QUERY_NOT_SUPPORTED', message: 'PersistedQueryNotSupported' })
})

t.test('mutations are not for GET, however they are asked for', async (t) => {
  const refusal = { status: 405, data: undefined, code: 'METHOD_NOT_ALLOWED' }
  const { get, post, paths } = await composed(t, { apq: true }, { change })
  t.match(await get({ query: change }), refusal)
  t.match(await get({ documentId: 'change' }), refusal)
  const other = 'mutation { change }'
  t.match(await get({ query: other, extensions: JSON.stringify(persisted(sha256(other))) }), refusal)
  t.strictSame(paths(), [])
  t.match(await post({ query: other, extensions: persisted(sha256(other)) }), { data: { change: 'hi' } })
  t.match(await get({ extensions: JSON.stringify(persisted(sha256(other))) }), refusal)
  t.equal(paths().length, 1)
})

t.test('automatic persisted queries', async (t) => {
  const notFound = { status: 200, data: undefined, code: 'PERSISTED_QUERY_NOT_FOUND', message: 'PersistedQueryNotFound' }
  const { get, post } = await composed(t, { apq: true })
  const extensions = persisted(sha256(greet))
  t.match(await post({ extensions }), notFound)
  t.match(await get({ extensions: JSON.stringify(extensions) }), notFound)
  t.match(await post({ extensions: persisted(sha256('other')), query: greet }), { status: 400, code: 'BAD_REQUEST' })
  t.match(await post({ extensions: persisted(sha256('other')) }), notFound, 'what does not match is not kept')
  t.match(await get({ extensions: JSON.stringify(extensions), query: greet }), greeted)
  t.match(await get({ extensions: JSON.stringify(extensions) }), greeted)
  t.match(await post({ extensions, variables: { name: 'x' } }), greeted)
  t.match(await post({ extensions: persisted(sha256(greet), 2), query: greet }), { status: 400, code: 'BAD_REQUEST' })
  t.match(await post({ extensions: { persistedQuery: 'x' }, query: greet }), { status: 400, code: 'BAD_REQUEST' })
})

t.test('nothing is kept that is not valid', async (t) => {
  const { post } = await composed(t, { apq: true })
  for (const query of ['{ nothing }', '{', `{ ${'hello '.repeat(3000)} }`, 'query A { hello } query B { hello }']) {
    const extensions = persisted(sha256(query))
    t.notMatch(await post({ query, extensions }), { code: undefined })
    t.equal((await post({ extensions })).code, 'PERSISTED_QUERY_NOT_FOUND')
  }
})

t.test('what clients have kept is bounded by its bytes', async (t) => {
  const { post } = await composed(t, { apq: true })
  const document = (index: number) => `{ hello } #${index} ${'x'.repeat(1024 * 1024)}`
  const hashes: string[] = []
  for (let index = 0; index < 20; index++) {
    const query = document(index)
    hashes.push(sha256(query))
    t.match(await post({ query, extensions: persisted(sha256(query)) }), greeted)
  }
  const codes: unknown[] = []
  for (const each of hashes.toReversed()) codes.push((await post({ extensions: persisted(each) })).code)
  t.strictSame(codes, [...Array<undefined>(15).fill(undefined), ...Array<string>(5).fill('PERSISTED_QUERY_NOT_FOUND')])
})

t.test('what is wrong with a manifest is told with file, place and operation', async (t) => {
  const problems = async (manifest: unknown) => {
    const loaded = await trust(t, manifest)
    return 'problems' in loaded ? loaded.problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`) : []
  }
  t.strictSame(await problems({ a: greet, b: 'query Wrong { helo }', c: '{ hello(' }), [
    'documents.json:3:3: operation Wrong (b): Cannot query field "helo" on type "Query"; did you mean "hello"?',
    'documents.json:4:3: operation c: Syntax Error: Expected Name, found <EOF>',
  ])
  t.match(await problems({ a: `{ ${'x: hello '.repeat(31)} }` }), [/operation a: The operation has 31 aliases; at most 30 are allowed$/])
  t.match(await problems({ a: 'fragment F on Query { hello }' }), [/operation a: it has no operation$/])
  t.match(await problems({ a: 7 }), ['documents.json:1:1: what "a" stands for is no text'])
  t.match(await problems('{'), [/^documents\.json:1:1: this is no JSON: /])
  t.match(await problems([]), [/a manifest is an object/])
  t.match(await problems({ ...apollo, version: 2 }), [/the version 2, and only 1 is known/])
  t.match(await problems({ ...apollo, operations: 7 }), [/no list of operations/])
  t.match(await problems({ ...apollo, operations: [{ name: 'A' }] }), [/operation 1 of the manifest has no id/])
  t.match(await problems({ ...apollo, operations: [apollo.operations[0], apollo.operations[0]] }), [/operation Greet \(greet\): the id is used twice/])
})
