import t, { type Test } from 'tap'
import { startBackend } from '../backend.ts'
import { openPage, skip } from '../browser.ts'
import { startGateway } from '../gateway.ts'

const query = 'query Orders { orders { id customer { name } } again: orders { id } }'

const files = (target: string, explain: string) => ({
  'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0 } }
services:
  orders: { targets: [{ url: "${target}" }] }
  users: { targets: [{ url: "${target}" }] }
graphql: { auth: none, samples: ./queries, explain: ${explain} }
`,
  'routes/queries/orders.graphql': query,
  'schema/shop.graphql': `
type Query {
  orders: [Order!]! @list(max: 50) @public @rest(service: "orders", get: "/orders")
  usersByIds(ids: [ID!]!): [User]! @internal @public @rest(service: "users", get: "/users{?ids}") @batch(arg: "ids", key: "id", max: 10)
}
type Order { id: ID!  customerId: ID! @internal  customer: User @public @lookup(key: "{parent.customerId}") }
type User @entity(key: "id", query: "usersByIds") { id: ID!  name: String }
`,
})

const orders = [{ id: 1, customerId: 7 }, { id: 2, customerId: 8 }, { id: 3, customerId: 7 }, { id: 4, customerId: 9 }]

/** The playground over a shop whose customers have names. */
async function open(t: Test, explain: string) {
  const backend = await startBackend(t, ({ url = '' }, response) => {
    const ids = new URL(url, 'http://backend').searchParams.get('ids')?.split(',') ?? []
    const users = ids.map((id) => ({ id, name: `Customer ${id}` }))
    response.setHeader('content-type', 'application/json').end(JSON.stringify(url === '/orders' ? orders : users))
  })
  const { url } = await startGateway(t, files(backend.url, explain))
  const { page, complaints } = await openPage(t, `${url}/graphql`)
  const panel = page.locator('#calls')
  await page.getByText('query Orders').first().waitFor()
  await panel.getByText('Run an operation').waitFor()
  const run = () => page.locator('.graphiql-execute-button').click()
  const cells = async (row: number) => {
    const texts = await panel.locator('tbody tr').nth(row).locator('th, td').allInnerTexts()
    return texts.map((text) => text.replaceAll('\n', ' '))
  }
  return { page, panel, run, cells, complaints, backend, result: page.locator('.result-window') }
}

t.test('the calls of an operation, beside what a client without composition would have made', { skip }, async (t) => {
  const { page, panel, run, cells, complaints, backend, result } = await open(t, '{}')
  await run()
  await panel.getByText('2 calls instead of 4').waitFor()
  t.equal(await panel.locator('tbody tr').count(), 2)
  t.match(await cells(0), ['orders', 'GET /orders', '200', '', 'shared with 1 more field', / ms$/, / ms$/])
  t.match(await cells(1), ['users', /^GET \/users\?ids=7(,|%2C)8(,|%2C)9$/, '200', '3', '', / ms$/, / ms$/])
  t.match(await panel.locator('caption').innerText(), /would make 4 calls/)
  const panelTop = (await panel.boundingBox())!.y
  const settings = (await page.locator('.graphiql-sidebar button').last().boundingBox())!
  t.ok(settings.y + settings.height <= panelTop, 'GraphiQL keeps its own controls')
  const bars = await Promise.all([0, 1].map((row) => panel.locator('.calls-bar').nth(row).boundingBox()))
  t.ok(bars[1]!.x >= bars[0]!.x + bars[0]!.width - 4, 'one after the other on one axis')
  await result.getByText('Customer 7').first().waitFor()
  t.equal(backend.seen.length, 2)

  await panel.locator('summary').focus()
  await page.keyboard.press('Enter')
  await panel.locator('table').waitFor({ state: 'hidden' })
  t.ok(await panel.getByText('2 calls instead of 4').isVisible(), 'folded, it still says how many')
  t.same(complaints, [])
})

t.test('a client that may not know gets its result, and learns what it lacks', { skip }, async (t) => {
  const { panel, run, complaints, result } = await open(t, '{ scopes: ["<b>debug</b>"] }')
  await run()
  await panel.getByText('clients with the scope “<b>debug</b>”').waitFor()
  await result.getByText('Customer 7').first().waitFor()
  t.notOk(await panel.locator('table').isVisible())
  t.same(complaints, [])
})

const hostile = '"><img src=x onerror="document.title=1"><script>document.title=2</script>'

const call = {
  service: hostile, method: hostile, path: `/${hostile}`, keys: 2, at: 0, ms: null, status: null, code: hostile,
  attempts: 3, hedged: true, fallback: hostile, shared: 0, joined: false,
}

t.test('what a call says of itself is text, and a refused operation has no calls', { skip }, async (t) => {
  const { page, panel, run, cells, complaints, result } = await open(t, '{}')
  const answers = [
    { data: { a: 1 }, extensions: { sluice: { trace: [call], callsWithoutComposition: 2, fallbacks: [] } } },
    { errors: [{ message: 'refused' }] },
  ]
  await page.route('**/graphql', (route) => route.fulfill({ json: answers.shift() }))
  await run()
  await panel.getByText('1 call instead of 2').waitFor()
  t.strictSame((await cells(0)).slice(0, 3), [hostile, `${hostile} /${hostile}`, hostile])
  t.match((await cells(0))[4], /^3 attempts ?hedged ?fallback: ">/)
  t.equal(await panel.locator('img, script').count(), 0)
  t.equal(await page.title(), 'Sluice')
  await result.getByText('fallbacks').waitFor()
  t.notMatch(await result.innerText(), /trace|without/i, 'what only the panel asked for is not in the result')
  await run()
  await panel.getByText('The operation was refused').waitFor()
  await result.getByText('"refused"').waitFor()
  t.same(complaints, [])
})
