import pino from 'pino'
import t from 'tap'
import { documentBytes, KnownDocuments } from '../../src/compose/known-documents.ts'
import { parseWithin } from '../../src/compose/limits.ts'
import { buildYoga } from '../../src/compose/yoga.ts'
import { bind, exchange, limits } from './fixture.ts'

const budget = 64 * 1024 * 1024
const manyTokens = (name: string) => `{ ${'a '.repeat(limits.tokens - 3)}${name} }`
const parsed = (text: string) => parseWithin(text, limits)

t.test('documents are kept by what they hold, the latest used ones', (t) => {
  const documents = new KnownDocuments()
  const used = manyTokens('used')
  const keep = (text: string) => documents.keep(parsed(text))
  keep(used)
  for (let number = 0; number < 200; number++) {
    keep(manyTokens(`n${number}`))
    t.ok(documents.find(used))
  }
  t.ok(documents.weight <= budget, `${documents.weight} bytes`)
  t.ok(documents.weight > budget * 0.9, `${documents.weight} bytes`)
  t.equal(documents.find(manyTokens('n0')), undefined)
  t.ok(documents.find(manyTokens('n199')))
  t.end()
})

t.test('tokens count, and so does text that is none', (t) => {
  const weightOf = (text: string) => {
    const documents = new KnownDocuments()
    documents.keep(parsed(text))
    return documents.weight
  }
  const least = weightOf('{ a }')
  t.ok(least < 4000)
  // graphql-js takes up to 500 bytes for a token.
  t.ok(weightOf(manyTokens('a')) > 500 * limits.tokens)
  t.ok(weightOf(`{ a } # ${'x'.repeat(500_000)}`) > 1_000_000)
  t.ok(documentBytes(parsed(`{ a } # ${'x'.repeat(500_000)}`)) > 1_000_000)
  t.ok(weightOf(`${'#\n'.repeat(1000)}{ a }`) < least + 10_000)
  t.end()
})

t.test('a document is known by itself and by its text; the manifest has room of its own', (t) => {
  const [trusted, other] = [parsed('{ a }'), parsed('{ b }')]
  const documents = new KnownDocuments(new Map([['{ a }', trusted]]))
  t.equal(documents.find('{ a }'), trusted)
  documents.keep(parsed('{ a }'))
  t.equal(documents.find('{ a }'), trusted)
  t.equal(documents.weight, 0)
  t.equal(documents.has(other), false)
  documents.keep(other)
  documents.keep(parsed('{ b }'))
  t.equal(documents.find('{ b }'), other)
  t.same([trusted, other, parsed('{ a }'), parsed('{ b }')].map((each) => documents.has(each)), [true, true, false, false])
  t.end()
})

t.test('what is invalid, too large or no document is not kept', async (t) => {
  const loaded = bind('type Query { a: String @public @rest(service: "shop", get: "/a") }', { shop: {} })
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems))
  const documents = new KnownDocuments()
  const ask = buildYoga({
    schema: loaded.bound.schema, executor: () => Promise.resolve({ data: { a: 'x' } }), log: pino({ level: 'silent' }),
    settings: { operations: { ...limits, aliases: 1 } }, documents,
  })
  const texts = ['{ b }', '{', '{ x: a y: a }', 'query A { a(b: $b) }', '# { a }', 'fragment F on Query { a }']
  for (const query of [...texts, ...texts]) {
    const { body } = await ask(exchange(), { parameters: { query } })
    t.match(JSON.parse(String(body)), { errors: [{ extensions: { code: String } }] }, query)
    t.equal(documents.weight, 0, query)
  }
  for (const query of ['{ a }', '{ a }']) {
    const { body } = await ask(exchange(), { parameters: { query } })
    t.same(JSON.parse(String(body)), { data: { a: 'x' } })
    t.ok(documents.find(query))
  }
})
