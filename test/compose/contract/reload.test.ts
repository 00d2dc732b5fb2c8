import t from 'tap'
import { formatProblem } from '../../../src/config/problem.ts'
import { readBlueprint } from '../../../src/provision.ts'
import { startBackend } from '../../backend.ts'
import { startGateway, writeFiles } from '../../gateway.ts'

const contract = (type: string) => `openapi: 3.1.0
paths:
  /price:
    get:
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema: { type: ${type} }
`

function files(url: string, openapi: string): Record<string, string> {
  return {
    'routes/gateway.yaml': `listeners: { public: { host: 127.0.0.1, port: 0 } }
services:
  shop: { targets: [{ url: "${url}" }], contract: { openapi: ../shop.yaml } }
graphql: { path: /graphql, auth: none }
`,
    'schema/shop.graphql': 'type Query { price: Int @public @rest(service: "shop", get: "/price") }\n',
    'shop.yaml': openapi,
  }
}

const misfit = 'schema/shop.graphql:1:21: Query.price is Int, but by the contract of "shop" (shop.yaml:10:15) it is a string; make it String'

t.test('a contract that the schema does not keep to is refused at a reload, and the old one keeps serving', async (t) => {
  const backend = await startBackend(t)
  const { reloader, write } = await startGateway(t, files(backend.url, contract('integer')))
  write(files(backend.url, contract('string')))
  const refused = await reloader.reload()
  t.strictSame(refused.taken ? [] : refused.problems.map(formatProblem), [misfit])
  write(files(backend.url, contract('integer')))
  t.ok((await reloader.reload()).taken)
})

t.test('what is wrong with a document comes with what is wrong with the schema', async (t) => {
  const problems = async (openapi: string) => {
    const dir = t.testdir()
    writeFiles(dir, files('http://127.0.0.1:9', openapi))
    const checked = await readBlueprint(dir, {})
    return 'problems' in checked ? checked.problems.map(formatProblem) : []
  }
  t.strictSame(await problems(contract('string')), [misfit])
  t.strictSame(await problems('openapi: 3.1.0\npaths:\n  /price: { $ref: "#/nowhere" }\n'), ['shop.yaml:3:19: there is nothing at "#/nowhere"'])
})
