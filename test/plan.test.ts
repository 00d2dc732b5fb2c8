import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { writeFiles } from './gateway.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const env = { ...process.env, NODE_OPTIONS: '' }

async function sluice(...words: string[]): Promise<{ code: number, stdout: string, stderr: string }> {
  try {
    return { code: 0, ...await promisify(execFile)(process.execPath, [join(root, 'bin/sluice.js'), ...words], { cwd: root, env }) }
  } catch (thrown) {
    const { code, stdout, stderr } = thrown as { code: number, stdout: string, stderr: string }
    return { code, stdout, stderr }
  }
}

t.test("the demo's queries, their calls and the most that these can be", async (t) => {
  const files = ['my-orders', 'order', 'products'].map((name) => `demo/queries/${name}.graphql`)
  const { code, stdout } = await sluice('plan', ...files)
  t.equal(code, 0)
  t.equal(stdout, `\
query MyOrders: at most 7 calls, cost 502
  me                     users      GET /users/{identity.subject}  calls: 1
    orders               orders     GET /orders{?parent.customerId,first}  calls: 1
      product            catalog    GET /products{?skus}  by sku, 100 a call  calls: ⌈10 × 50 / 100⌉
query Order: at most 3 calls, cost 52
  order                  orders     GET /orders/{id}  calls: 1
    customer             users      GET /users{?ids*}  by id, 100 a call  calls: 1
    product              catalog    GET /products{?skus}  by sku, 100 a call  calls: ⌈50 / 100⌉
query Products: at most 1 calls, cost 1
  products               catalog    GET /products{?category,first,after}  calls: 1
`)
})

t.test('an operation that could make too many calls, one that fits no schema, and words that make no sense', async (t) => {
  const dir = t.testdir()
  const orders = Array.from({ length: 30 }, (_, index) => `o${index}: order(id: ${index}) { customer { name } }`)
  writeFiles(dir, {
    'large.graphql': `query Large($all: Boolean!) { ${orders.join(' ')} me @include(if: $all) { name } }`,
    'wrong.graphql': '{ order(id: 1) {\n  nothing } }',
  })
  const large = await sluice('plan', join(dir, 'large.graphql'))
  t.equal(large.code, 1)
  t.match(large.stdout, /^query Large: at most 61 calls, cost 61\n/)
  t.match(large.stdout, /refused: one operation may make 50 calls\n$/)
  const wrong = await sluice('plan', join(dir, 'wrong.graphql'))
  t.equal(wrong.code, 1)
  t.match(wrong.stderr, /wrong\.graphql:2:3: Cannot query field "nothing"/)
  t.match(await sluice('plan', join(dir, 'none.graphql')), { code: 1, stderr: /can't be read/ })
  t.equal((await sluice('plan')).code, 2)
  const json = await sluice('plan', '--json', 'demo/queries/order.graphql')
  t.match(JSON.parse(json.stdout), [{ errors: [], plans: [{ operation: 'query Order', calls: 3, fields: [{ path: ['order'], service: 'orders' }, {}, {}] }] }])
})

t.test('an operation that could cost too much', async (t) => {
  const dir = t.testdir()
  writeFiles(dir, {
    'routes/gateway.yaml': `
listeners: { public: { port: 0 } }
services: { shop: { targets: [{ url: "http://127.0.0.1:1" }] } }
graphql: { operations: { cost: 60 } }`,
    'schema/shop.graphql': `
type Query { things(first: Int = 10): [Thing!]! @list(max: 100, by: "first") @rest(service: "shop", get: "/things{?first}") }
type Thing { id: ID!  image: String @cost(weight: 5) }`,
    'ten.graphql': 'query Ten { things { image } }',
    'any.graphql': 'query Any($n: Int) { things(first: $n) { image } }',
  })
  const ten = await sluice('plan', join(dir, 'ten.graphql'), dir)
  t.match(ten, { code: 0, stdout: /^query Ten: at most 1 calls, cost 51\n/ })
  const any = await sluice('plan', join(dir, 'any.graphql'), dir)
  t.match(any, { code: 1, stdout: /^query Any: at most 1 calls, cost 501\n(.*\n) {2}refused: one operation may cost 60\n$/ })
})
