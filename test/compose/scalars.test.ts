import { parse, validate } from 'graphql'
import t from 'tap'
import { resultOf } from '../../src/compose/executed.ts'
import { buildExecutor } from '../../src/compose/execute.ts'
import { systemClock } from '../../src/clock.ts'
import { ada, bind, compose, exchange, recordingServices } from './fixture.ts'

const names = ['DateTime', 'Date', 'BigInt', 'URL', 'JSON', 'JSONObject', 'UUID', 'EmailAddress', 'PositiveInt', 'Duration', 'Void', 'Byte', 'Mine']
const sdl = `
  ${names.map((name) => `scalar ${name}`).join('\n')}
  type Query {
    ${names.map((name) => `a${name}: ${name} @rest(service: "shop", get: "/${name}") l${name}: [${name}!] @rest(service: "shop", get: "/list/${name}")`).join('\n')}
    since(at: DateTime = "2020-01-01T00:00:00Z", big: BigInt, mine: Mine): String @rest(service: "shop", get: "/since{?at,big}")
  }
  type Mutation { send(at: DateTime!, big: BigInt, mine: Mine, json: JSON): String @rest(service: "shop", post: "/send", body: { at: "{at}", big: "{big}", mine: "{mine}", json: "{json}" }) }
`

const values: readonly unknown[] = [
  '2024-02-29T10:00:00+02:00', '2024-02-30T10:00:00Z', '2024-02-29', 1709200000, '12345678901234567890', 9007199254740993, 12, -3, 1.5, true, '', 'x',
  'https://sluice.test/a b', 'not a url', { a: [1, null] }, [1, 'x'], [], {}, 'ada@sluice.test', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'P3D', 'aGk=', null,
]

t.test('a plan writes what graphql-js serializes, errors included, whatever the value', async (t) => {
  for (const value of values) {
    const texts = []
    for (const plans of [true, false]) {
      const loaded = bind(sdl, { shop: {} })
      if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems))
      const { services } = recordingServices(['shop'], ({ path }) => ({ json: path.startsWith('/list/') ? [value, value] : value }))
      const execute = buildExecutor({ bound: loaded.bound, calls: { services, most: 100, clock: systemClock }, mostFields: 500, resolver: 30_000, answer: 1e9, log: { error: (about: object) => t.fail(JSON.stringify(about)) }, plans })
      const document = parse(`{ ${names.map((name) => `a${name} l${name}`).join(' ')} }`)
      t.strictSame(validate(loaded.bound.schema, document), [])
      texts.push(JSON.stringify(resultOf(await execute(exchange({ identity: ada }), { schema: loaded.bound.schema, document }))))
    }
    t.equal(texts[0], texts[1])
    const { data } = JSON.parse(texts[0]!)
    if (!Number.isSafeInteger(value) && typeof value === 'number' && value > 2) continue
    t.same(data.aMine, value, 'a scalar that nobody knows passes everything')
    t.same(data.aJSON, value)
  }
})

function ask(query: string, variables?: object) {
  const composed = compose(sdl, ({ path }) => ({ json: path.startsWith('/since') || path === '/send' ? 'ok' : { '/DateTime': '2024-02-29T10:00:00+02:00', '/BigInt': 12, '/URL': 'x' }[path] }))
  return composed.ask(query, { variables }).then((result) => ({ ...result, calls: composed.calls, paths: composed.paths() }))
}

t.test('known names mean what they say', async (t) => {
  const { data, errors } = await ask('{ aDateTime aBigInt aURL }')
  t.same(data, { aDateTime: '2024-02-29T08:00:00.000Z', aBigInt: 12, aURL: null })
  t.match(errors, [{ path: ['aURL'], extensions: { code: 'SERVICE_ANSWER_INVALID' } }])
  t.equal(errors?.length, 1)
})

t.test('what clients give is checked, and goes on as they wrote it', async (t) => {
  const at = '2024-02-29T10:00:00+02:00'
  t.strictSame((await ask('{ since }')).paths, ['shop GET /since?at=2020-01-01T00%3A00%3A00Z'])
  t.strictSame((await ask('query ($at: DateTime) { since(at: $at, big: 12345678901234567890) }', { at })).paths, ['shop GET /since?at=2024-02-29T10%3A00%3A00%2B02%3A00&big=12345678901234567890'])
  const { calls } = await ask('mutation ($at: DateTime!, $json: JSON) { send(at: $at, big: 7, mine: { a: [X, 1.5] }, json: $json) }', { at, json: { b: [null] } })
  t.same(calls[0]?.body, { at, big: 7, mine: { a: ['X', 1.5] }, json: { b: [null] } })
  t.match((await ask('{ since(at: "yesterday") }')).errors, [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }])
  t.match((await ask('query ($at: DateTime) { since(at: $at) }', { at: 'yesterday' })).errors, [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }])
})

t.test('introspection tells what a scalar is, and defaults stand in it as they are written', async (t) => {
  const { data, errors } = await ask('{ __type(name: "DateTime") { description specifiedByURL } q: __type(name: "Query") { fields { args { defaultValue } } } }')
  t.equal(errors, undefined)
  t.match(data.__type, { description: /date-time/i })
  t.match(JSON.stringify(data.q), /2020-01-01/)
})
