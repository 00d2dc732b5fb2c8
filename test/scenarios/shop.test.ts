import t from 'tap'
import { readFileSync } from 'node:fs'
import { request } from 'undici'
import { startShop, type Shop } from '../shop.ts'

const sample = (name: string) => readFileSync(new URL(`../../demo/queries/${name}.graphql`, import.meta.url), 'utf8')

async function ask(url: string, token?: string, more: { method?: 'POST' | 'GET'; body?: unknown; headers?: Record<string, string> } = {}) {
  const { statusCode, headers, body } = await request(url, {
    method: more.method ?? (more.body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(more.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...more.headers,
    },
    body: more.body === undefined ? null : JSON.stringify(more.body),
  })
  return { status: statusCode, headers, json: JSON.parse(await body.text()) }
}

async function callsOf({ services }: Shop): Promise<string[]> {
  const logs = await Promise.all([services.users, services.orders, services.catalog].map((service) => service.requests()))
  return logs.flat().map(({ service, method, url }) => `${service} ${method} ${url}`)
}

function forget({ services }: Shop): void {
  for (const service of Object.values(services)) service.lines.length = 0
}

t.test('the shop behind one address', async (t) => {
  const shop = await startShop(t)
  const token = await shop.token('42')
  const query = sample('my-orders')

  await t.test('a composed query needs exactly three calls', async (t) => {
    forget(shop)
    const { status, json } = await ask(`${shop.url}/graphql`, token, { body: { query } })
    t.equal(status, 200)
    t.notOk(json.errors)
    t.type(json.data.me.name, 'string')
    t.equal(json.data.me.orders.length, 10)
    for (const order of json.data.me.orders) {
      t.match(order, { id: String, placedAt: String, total: { amount: Number, currency: 'EUR' } })
      for (const line of order.lines) t.match(line, { quantity: Number, product: { title: String, price: { amount: Number } } })
    }
    const calls = await callsOf(shop)
    t.equal(calls.length, 3, calls.join('\n'))
    t.match(calls[0], /^users GET \/users\/42$/)
    t.match(calls[1], /^orders GET \/orders\?customer_id=42&first=10$/)
    t.match(calls[2], /^catalog GET \/products\?skus=/)
  })

  await t.test('the other samples work as well', async (t) => {
    const products = await ask(`${shop.url}/graphql`, undefined, { body: { query: sample('products') } })
    t.equal(products.json.data.products.length, 5)
    const { json } = await ask(`${shop.url}/graphql`, token, { body: { query: '{ me { orders(first: 1) { id } } }' } })
    const order = await ask(`${shop.url}/graphql`, token, { body: { query: sample('order'), variables: { id: json.data.me.orders[0].id } } })
    t.notOk(order.json.errors)
    t.type(order.json.data.order.customer.name, 'string')
  })

  await t.test('REST: 401 without a token, 200 with one, whoever signed it with whichever pinned algorithm', async (t) => {
    const none = await ask(`${shop.url}/api/orders`)
    t.equal(none.status, 401)
    t.match(none.headers, { 'content-type': /^application\/problem\+json/, 'www-authenticate': /^Bearer/ })
    t.match(none.json, { code: 'UNAUTHENTICATED', status: 401 })
    for (const algorithm of ['RS256', 'ES256'] as const) {
      const { status, json } = await ask(`${shop.url}/api/orders`, await shop.token('42', undefined, algorithm))
      t.equal(status, 200)
      t.ok(json.every((order: { customer_id: number }) => order.customer_id === 42))
    }
  })

  await t.test('one set of access rules holds for REST and GraphQL', async (t) => {
    const weak = await shop.token('42', ['users:read'])
    const rest = await ask(`${shop.url}/api/orders`, weak)
    t.match(rest, { status: 403, json: { code: 'FORBIDDEN', detail: /orders:read/ } })
    const { json } = await ask(`${shop.url}/graphql`, weak, { body: { query: '{ me { name orders(first: 1) { id } } }' } })
    t.type(json.data.me.name, 'string')
    t.match(json.errors[0].extensions, { code: 'FORBIDDEN' })
  })

  await t.test('nobody sees what belongs to somebody else', async (t) => {
    const mine = await ask(`${shop.url}/api/orders`, token)
    const other = await shop.token('7')
    t.equal((await ask(`${shop.url}/api/orders/${mine.json[0].id}`, other)).status, 404)
    const forged = await ask(`${shop.url}/api/orders/${mine.json[0].id}`, other, { headers: { 'x-user-id': '42' } })
    t.equal(forged.status, 404, "the client's own copy of the identity header counts for nothing")
    const { json } = await ask(`${shop.url}/graphql`, other, { body: { query: sample('order'), variables: { id: String(mine.json[0].id) } } })
    t.equal(json.data.order, null)
  })

  await t.test('a write goes through once, over REST and GraphQL alike', async (t) => {
    const [product] = (await ask(`${shop.url}/api/products?first=1`)).json
    forget(shop)
    const rest = await ask(`${shop.url}/api/orders`, token, { body: { lines: [{ sku: product.sku, quantity: 2 }] } })
    t.equal(rest.status, 201)
    t.equal(rest.json.customer_id, 42)
    const mutation = `mutation { placeOrder(input: { lines: [{ sku: "${product.sku}", quantity: 1 }] }) { id total { amount } } }`
    const graphql = await ask(`${shop.url}/graphql`, token, { body: { query: mutation } })
    t.notOk(graphql.json.errors)
    t.equal(graphql.json.data.placeOrder.total.amount, product.price.amount)
    t.equal((await callsOf(shop)).filter((call) => call.startsWith('orders POST')).length, 2)
  })

  await t.test('an API key is a client like any other', async (t) => {
    const { status } = await ask(`${shop.url}/api/users?first=1`, undefined, { headers: { 'x-api-key': 'demo-partner-key' } })
    t.equal(status, 200)
  })

  await t.test('beyond a limit the answer is 429 and says when to come back', async (t) => {
    const body = { lines: [] }
    const limited = await shop.token('13')
    let last = await ask(`${shop.url}/api/orders`, limited, { body })
    for (let tries = 0; tries < 40 && last.status !== 429; tries++) last = await ask(`${shop.url}/api/orders`, limited, { body })
    t.match(last, { status: 429, json: { code: 'RATE_LIMITED', detail: /writes/ } })
    t.match(last.headers['retry-after'], /^[1-9]\d*$/)
    t.match(last.headers['ratelimit'], /"writes";r=0/)
    t.match(last.headers['ratelimit-policy'], /"writes";q=\d+;w=\d+/)
    t.equal((await ask(`${shop.url}/api/orders`, token)).status, 200, 'which is nobody else’s')
  })

  await t.test('a service that is gone is a coded error beside the data that there is', async (t) => {
    await shop.services.catalog.stop()
    const { status, json } = await ask(`${shop.url}/graphql`, token, { body: { query } })
    t.equal(status, 200)
    t.type(json.data.me.name, 'string')
    t.equal(json.data.me.orders[0].lines[0].product, null)
    t.match(json.errors[0], { path: ['me', 'orders', 0, 'lines', 0, 'product'], extensions: { code: 'SERVICE_UNREACHABLE', service: 'catalog' } })
    t.notMatch(JSON.stringify(json), /127\.0\.0\.1/)
  })
})
