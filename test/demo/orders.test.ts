import t from 'tap'
import { createOrdersService } from '../../demo/orders/service.ts'
import { openContract } from './contract.ts'

const app = createOrdersService(() => undefined)
const contract = openContract(app, new URL('../../demo/orders/openapi.yaml', import.meta.url))
t.teardown(() => app.close())

type Headers = Record<string, string>
const user42: Headers = { 'x-user-id': '42' }
const reports: Headers = { 'x-user-id': 'reports' }
const lines = [{ sku: 'P-0001', quantity: 2 }, { sku: 'P-0002', quantity: 1 }]
const get = (url: string, headers: Headers = {}) => contract.request({ method: 'GET', url, headers })
const post = (payload: object, headers: Headers = {}) => {
  return contract.request({ method: 'POST', url: '/orders', payload, headers })
}
const patch = (url: string, payload: object, headers: Headers = {}) => {
  return contract.request({ method: 'PATCH', url, payload, headers })
}
const countOf = async (customer: number) => {
  return Number((await get(`/orders?customer_id=${customer}&first=100`)).json().length)
}

t.test('a customer sees only their own orders, the newest first', async (t) => {
  const own = (await get('/orders', user42)).json()
  t.ok(own.length >= 10)
  t.ok(own.every((order: { customer_id: number }) => order.customer_id === 42))
  const times = own.map((order: { placed_at: string }) => order.placed_at)
  t.strictSame(times, [...times].sort().reverse())
  t.strictSame((await get('/orders?customer_id=42', user42)).json(), own)
  t.strictSame((await get('/orders?customer_id=7', user42)).json(), [])
  const foreign = (await get('/orders?customer_id=7&first=1')).json()[0].id
  t.match(await get(`/orders/${foreign}`, user42), { statusCode: 404 })
  t.match(await patch(`/orders/${foreign}`, { status: 'paid' }, user42), { statusCode: 404 })
  t.match((await get(`/orders/${own[0].id}`, user42)).json(), own[0])
})

t.test('a service account sees all orders', async (t) => {
  for (const headers of [{}, reports]) {
    const all = (await get('/orders', headers)).json()
    t.equal(all.length, 20)
    t.ok(new Set(all.map((order: { customer_id: number }) => order.customer_id)).size > 1)
    t.equal((await get('/orders?customer_id=42&first=3', headers)).json().length, 3)
    t.match((await get('/orders/1', headers)).json(), { id: 1 })
  }
  t.match(await get('/orders/999999'), { statusCode: 404 })
})

t.test('a number that no customer has sees nothing and orders nothing', async (t) => {
  for (const user of ['0', '-1', '4.2', '99999999999999999999']) {
    const headers = { 'x-user-id': user }
    t.strictSame((await get('/orders', headers)).json(), [], user)
    t.match(await get('/orders/1', headers), { statusCode: 404 }, user)
    t.match(await post({ lines }, headers), { statusCode: 400 }, user)
  }
})

t.test('the total is what the lines cost', async (t) => {
  for (const { total, lines } of (await get('/orders?first=100')).json()) {
    const cents = lines.reduce((sum: number, line: { quantity: number, unit_price: { amount: number } }) => {
      return sum + line.quantity * Math.round(line.unit_price.amount * 100)
    }, 0)
    t.equal(Math.round(total.amount * 100), cents)
  }
})

t.test('placing an order', async (t) => {
  const answer = await post({ lines }, user42)
  const order = answer.json()
  t.match(answer, { statusCode: 201, headers: { location: `/orders/${order.id}` } })
  t.match(order, { customer_id: 42, status: 'placed', lines })
  t.strictSame((await get(`/orders/${order.id}`, user42)).json(), order)
  t.equal((await get('/orders?first=1', user42)).json()[0].id, order.id)
  t.match((await post({ customer_id: 7, lines }, user42)).json(), { customer_id: 42 }, 'not for others')
  t.match((await post({ customer_id: 7, lines }, reports)).json(), { customer_id: 7 })
  t.match(await post({ lines }, reports), { statusCode: 400, body: /customer_id/ })
  t.match(await post({ lines: [{ sku: 'P-9999', quantity: 1 }] }, user42), { statusCode: 422, body: /unknown_sku/ })
})

t.test('bad requests', async (t) => {
  const bodies = [
    {}, { lines: [] }, { lines: [{ sku: 'P-0001' }] }, { lines: [{ sku: 'P-0001', quantity: 0 }] },
    { lines: [{ sku: 'P-0001', quantity: '1' }] }, { lines, more: 1 }, { customer_id: 'x', lines },
  ]
  for (const body of bodies) t.match(await post(body, user42), { statusCode: 400 }, JSON.stringify(body))
  for (const url of ['/orders?first=0', '/orders?first=101', '/orders?customer_id=x', '/orders/x']) {
    t.match(await get(url), { statusCode: 400 }, url)
  }
  t.match(await contract.request({
    method: 'POST', url: '/orders', payload: '{', headers: { 'content-type': 'application/json' },
  }), { statusCode: 400 })
})

t.test('an idempotency key', async (t) => {
  const before = await countOf(11)
  const key = { 'x-user-id': '11', 'idempotency-key': 'k1' }
  const first = await post({ lines }, key)
  await patch(`/orders/${first.json().id}`, { status: 'paid' })
  const again = await post({ lines: lines.map(({ sku, quantity }) => ({ quantity, sku })) }, key)
  t.match(again, { statusCode: 201, body: first.body, headers: { location: first.headers.location } })
  t.equal(await countOf(11), before + 1, 'no second order')
  const other = [{ sku: 'P-0003', quantity: 1 }]
  t.match(await post({ lines: other }, key), { statusCode: 422, body: /idempotency_key_reused/ })
  const foreign = await post({ lines: other }, { ...key, 'x-user-id': '12' })
  t.match(foreign, { statusCode: 201 }, 'the key is one caller\'s own')
  t.match(await post({ lines }, { ...key, 'idempotency-key': 'x'.repeat(256) }), { statusCode: 400 })
  t.equal(await countOf(11), before + 1)
})

t.test('changing an order', async (t) => {
  const { id } = (await get('/orders?first=1', user42)).json()[0]
  t.match((await patch(`/orders/${id}`, { status: 'shipped' }, user42)).json(), { id, status: 'shipped' })
  t.match((await get(`/orders/${id}`)).json(), { status: 'shipped' })
  for (const body of [{}, { status: 'lost' }, { status: 'paid', total: 1 }]) {
    t.match(await patch(`/orders/${id}`, body, user42), { statusCode: 400 })
  }
})

t.test('what it serves is what it describes', async (t) => {
  await get('/health')
  await get('/openapi.yaml')
  t.strictSame(contract.undescribed(), [])
  t.strictSame(contract.unserved(), [])
  t.strictSame(contract.unseen(), [])
})
