import fc from 'fast-check'
import { parse, validate, type GraphQLSchema } from 'graphql'
import t from 'tap'
import { bind } from '../fixture.ts'
import { Draws } from './draws.ts'
import { randomQuery } from './random-query.ts'
import { services } from './random-parts.ts'
import { randomSchema } from './random-schema.ts'
import { Twins } from './twins.ts'

/** A seed, and how many choices it decides before all are the plainest. */
const choices = fc.record({ seed: fc.noShrink(fc.nat()), most: fc.nat(3000) })
const input = fc.record({
  schema: choices,
  queries: fc.array(choices, { minLength: 10, maxLength: 10 }),
  world: fc.noShrink(fc.nat()),
  faults: fc.constantFrom(0, 1, 4),
})

function drawsFrom({ seed, most }: { readonly seed: number, readonly most: number }): Draws {
  return new Draws(seed, most)
}

const count = { schemas: 0, queries: 0, executions: 0, differences: 0 }

/** Asks a query with each of its sets of variables, and gives what is wrong. */
async function ask(schema: GraphQLSchema, draws: Draws, twins: Twins): Promise<string[]> {
  const { text, variables } = randomQuery(schema, draws)
  const document = parse(text)
  const [invalid] = validate(schema, document)
  if (invalid !== undefined) return [`${invalid.message}\n${text}`]
  const found: string[] = []
  count.queries += 1
  for (const values of variables) {
    count.executions += 1
    const differences = await twins.compare({ document, variables: values })
    if (differences.length > 0) found.push(`${differences.join('\n')}\n\n${text}\n${JSON.stringify(values)}`)
  }
  return found
}

t.test('a plan gives what graphql-js gives, whatever the schema, the query, the answers and their order', async (t) => {
  const unhandled: unknown[] = []
  const listen = (reason: unknown) => void unhandled.push(reason)
  process.on('unhandledRejection', listen)
  t.teardown(() => process.off('unhandledRejection', listen))
  const sum = { calls: 0, errors: 0, injected: 0 }
  let details = ''
  const property = fc.asyncProperty(input, async ({ schema, queries, world, faults }) => {
    const sdl = randomSchema(drawsFrom(schema))
    const loaded = bind(sdl, services)
    if ('problems' in loaded) throw new Error(`${JSON.stringify(loaded.problems)}\n${sdl}`)
    const twins = new Twins({ bound: loaded.bound, seed: world, faults })
    const found: string[] = []
    for (const query of queries) found.push(...await ask(loaded.bound.schema, drawsFrom(query), twins))
    count.schemas += 1
    count.differences += found.length
    sum.calls += twins.count.calls
    sum.errors += twins.count.errors
    sum.injected += twins.injected
    if (found.length > 0) details = `\n${found.join('\n\n')}\n\n${sdl}`
    return found.length === 0
  })
  await fc.assert(property, { numRuns: 200 }).finally(() => {
    const asked = `${count.schemas} schemas, ${count.queries} queries asked ${count.executions} times, ${sum.calls} calls`
    t.comment(`${asked}, ${sum.injected} failures injected, ${sum.errors} errors, ${count.differences} differences${details}`)
  })
  t.strictSame(unhandled, [])
})
