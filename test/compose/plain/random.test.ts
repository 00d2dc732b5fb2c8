import fc from 'fast-check'
import t from 'tap'
import { anonymous } from '../../../src/identity.ts'
import { ada, bind, limits } from '../fixture.ts'
import { Draws } from '../plan/draws.ts'
import { services } from '../plan/random-parts.ts'
import { randomQuery } from '../plan/random-query.ts'
import { randomSchema } from '../plan/random-schema.ts'
import { World } from '../plan/random-world.ts'
import { Twins, type Asked } from './twins.ts'

const choices = fc.record({ seed: fc.noShrink(fc.nat()), most: fc.nat(3000) })
const input = fc.record({
  schema: choices,
  queries: fc.array(choices, { minLength: 8, maxLength: 8 }),
  world: fc.noShrink(fc.nat()),
  faults: fc.constantFrom(0, 1, 4),
})

const operations = { ...limits, calls: 500, tokens: 5000, depth: 30, aliases: 500, directives: 500, rootFields: 100 }

/** A valid request, and others that are wrong or differently written in one way. */
function asked(text: string, variables: Readonly<Record<string, unknown>>, draws: Draws): Asked[] {
  const cut = draws.below(text.length)
  const broken = text.slice(0, cut) + text.slice(cut + 1 + draws.below(3))
  const missing = Object.fromEntries(Object.entries(variables).slice(1))
  const bodies = [
    { query: text, variables }, { query: text, variables, operationName: 'Random', extensions: {} }, { query: text, variables: missing },
    { query: text, variables, operationName: 'Other' }, { query: broken, variables },
  ]
  const accept = draws.pick('application/json', '*/*', 'application/graphql-response+json')
  const headers = { 'content-type': 'application/json', accept, ...draws.chance(30) ? { 'x-sluice-explain': 'plan' } : {} }
  const query = `?${new URLSearchParams({ query: text, variables: JSON.stringify(variables) }).toString()}`
  const identity = draws.chance(20) ? anonymous : ada
  return [
    ...bodies.map((body) => ({ body, exchange: { identity, headers } })),
    { exchange: { identity, headers, method: 'GET', query } },
  ]
}

t.test('whatever is asked, answers are the same byte for byte', async (t) => {
  const sum = { asked: 0, passed: 0 }
  let details = ''
  const property = fc.asyncProperty(input, async ({ schema, queries, world, faults }) => {
    const sdl = randomSchema(new Draws(schema.seed, schema.most))
    const loaded = bind(sdl, services)
    if ('problems' in loaded) throw new Error(`${JSON.stringify(loaded.problems)}\n${sdl}`)
    const { answer } = new World({ bound: loaded.bound, seed: world, faults })
    const twins = new Twins({ bound: loaded.bound, services: Object.keys(services), answers: answer, settings: { operations, explain: { scopes: [] } } })
    const found: string[] = []
    for (const { seed, most } of queries) {
      const draws = new Draws(seed, most)
      const { text, variables: [variables = {}] } = randomQuery(loaded.bound.schema, draws)
      for (const each of asked(text, variables, draws)) found.push(...await twins.compare(each))
    }
    sum.asked += twins.count.asked
    sum.passed += twins.count.passed
    if (found.length > 0) details = `\n${found[0] ?? ''}\n\n${sdl}`
    return found.length === 0
  })
  await fc.assert(property, { numRuns: 60 }).finally(() => t.comment(`${sum.passed} of ${sum.asked} requests passed yoga by${details}`))
  t.ok(sum.passed > sum.asked / 5)
})
