import { getOperationAST, type DocumentNode } from 'graphql'
import t from 'tap'
import { systemClock } from '../../../src/clock.ts'
import { resultOf } from '../../../src/compose/executed.ts'
import { buildExecutor } from '../../../src/compose/execute.ts'
import { documentBytes } from '../../../src/compose/known-documents.ts'
import { parseWithin } from '../../../src/compose/limits.ts'
import { Plans } from '../../../src/compose/plan/plans.ts'
import { ada, bind, exchange, limits, recordingServices } from '../fixture.ts'

const budget = 128 * 1024 * 1024

const sdl = `
  type Query {
    thing: Thing @rest(service: "shop", get: "/thing")
    things(ids: [ID!]!): [Thing] @rest(service: "shop", get: "/things{?ids*}") @batch(arg: "ids", key: "id", max: 2)
  }
  type Mutation { change: Thing @rest(service: "shop", post: "/change")  own: Thing @auth(scopes: ["own"]) @rest(service: "shop", post: "/own") }
  type Thing { id: ID!  name: String  said(words: [String!]): String @rest(service: "shop", get: "/said{?words*}") }
`

function bound() {
  const loaded = bind(sdl, { shop: {} })
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems))
  return loaded.bound
}

/** Plans of the operation of a text, which is parsed once. */
function asked(plans: Plans, text: string, variables: Record<string, unknown> = {}) {
  const document = parseWithin(text, limits)
  const operation = getOperationAST(document)
  if (!operation) throw new Error(text)
  return { document, find: (given = variables) => plans.find(document, operation, given) }
}

t.test('a plan is kept once somebody says so, and only with its document', (t) => {
  const kept = new Set<DocumentNode>()
  const plans = new Plans(bound(), limits.tokens, (document) => kept.has(document))
  const { document, find } = asked(plans, 'query($a: Boolean!) { thing { id name @skip(if: $a) } }', { a: true })
  t.not(find().plan, find().plan)
  find().keep?.()
  t.equal(plans.weight, 0)
  t.not(find().plan, find().plan)
  kept.add(document)
  const found = find()
  found.keep?.()
  t.equal(find().plan, found.plan)
  t.equal(find().keep, undefined)
  t.not(find({ a: false }).plan, found.plan)
  t.end()
})

t.test('a plan weighs what it holds: its document, its fields, and literals in each place where they stand', (t) => {
  const weightOf = (text: string) => {
    const plans = new Plans(bound(), limits.tokens, () => true)
    const { document, find } = asked(plans, text)
    find().keep?.()
    return plans.weight - documentBytes(document)
  }
  const comment = (length: number) => `# ${'x'.repeat(length)}`
  t.equal(weightOf(`{ thing { id } } ${comment(9)}`), weightOf(`{ thing { id } } ${comment(500_000)}`))
  t.ok(weightOf('{ thing { id a: name b: name } }') >= weightOf('{ thing { id } }') + 2 * 2048)
  const spread = (times: number) => {
    const places = Array.from({ length: times }, (_, index) => `a${index}: thing { ...F }`)
    return `{ ${places.join(' ')} } fragment F on Thing { said(words: [${'"" '.repeat(300)}]) }`
  }
  t.ok(weightOf(spread(40)) > weightOf(spread(1)) + 39 * 300 * 16)
  t.end()
})

t.test('plans have a budget, and those go first that were used least recently', (t) => {
  const plans = new Plans(bound(), limits.tokens, () => true)
  const finds = Array.from({ length: 200 }, (_, number) => {
    const { find } = asked(plans, `{ thing { ${'id '.repeat(limits.tokens - 10)} a${number}: name } }`)
    find().keep?.()
    return find
  })
  t.ok(plans.weight <= budget && plans.weight > budget * 0.9, `${plans.weight} bytes`)
  t.ok(finds.at(0)?.().keep)
  t.equal(finds.at(-1)?.().keep, undefined)
  t.end()
})

t.test('operations that are refused have no plan kept', async (t) => {
  const { services } = recordingServices(['shop'], () => ({ json: { id: 1 } }))
  const looked: DocumentNode[] = []
  const execute = buildExecutor({
    bound: bound(), calls: { services, most: 2, clock: systemClock }, mostFields: limits.tokens, resolver: 30_000, answer: 1e6, cost: 100,
    log: { error: (about: object) => t.fail(JSON.stringify(about)) }, isKept: (document) => looked.push(document) > 0,
  })
  const ask = async (document: DocumentNode) => resultOf(await execute(exchange({ identity: ada }), { schema: bound().schema, document }))
  for (const text of ['{ things(ids: [1, 2, 3]) { id } }', '{ thing { a: said(words: "a") b: said(words: "b") } }', 'mutation { change { id } own { id } }']) {
    const document = parseWithin(text, limits)
    for (let time = 0; time < 2; time++) t.match(await ask(document), { errors: [{ extensions: { code: String } }], data: undefined }, text)
  }
  t.same(looked, [])
  for (const text of ['{ thing { id } }', 'mutation { change { id } }', '{ thing { id } __schema { queryType { name } } }']) {
    const document = parseWithin(text, limits)
    for (let time = 0; time < 3; time++) t.match(await ask(document), { errors: undefined, data: Object }, text)
    t.equal(looked.filter((each) => each === document).length, 1, text)
  }
})
