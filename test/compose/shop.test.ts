import { readFile } from 'node:fs/promises'
import t from 'tap'
import { anonymous } from '../../src/identity.ts'
import { compose, type Answers, type Said } from './fixture.ts'

const snake = { naming: 'snake_case' as const }
const infos = { users: snake, catalog: snake, orders: snake }

async function schema(): Promise<Record<string, string>> {
  const names = ['users', 'catalog', 'orders'].map((name) => `schema/${name}.graphql`)
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(new URL(`../../${name}`, import.meta.url), 'utf8')])))
}

const money = (amount: number) => ({ amount, currency: 'EUR' })
const user = (id: number) => ({ id, full_name: `User ${id}`, email: `u${id}@x`, country: 'DE', created_at: 'then' })
const product = (sku: string) => ({ sku, title: `Title ${sku}`, description: '', category: 'kitchen', price: money(5), created_at: 'then' })
const order = (id: number, customer = 7, skus = ['A', 'B']) => ({
  id, customer_id: customer, status: 'paid', placed_at: `day ${id}`, total: money(id),
  lines: skus.map((sku) => ({ sku, quantity: 2, unit_price: money(1) })),
})

const shop: Answers = ({ service, method, path, body }): Said => {
  const url = new URL(`http://${service}${path}`)
  const [, , id] = url.pathname.split('/')
  if (service === 'users') {
    if (id !== undefined) return { json: user(Number(id)) }
    return { json: url.searchParams.getAll('ids').map(Number).toSorted((a, b) => a - b).map(user) }
  }
  if (service === 'catalog') {
    if (id !== undefined) return id === 'none' ? { status: 404, json: {} } : { json: product(id) }
    return { json: (url.searchParams.get('skus') ?? 'A,B,C').split(',').toReversed().map(product) }
  }
  if (method === 'POST') return { status: 201, json: order(99, 7, (body as { lines: { sku: string }[] }).lines.map(({ sku }) => sku)) }
  if (method === 'PATCH') return { json: { ...order(Number(id)), status: (body as { status: string }).status } }
  if (id !== undefined) return { json: order(Number(id), Number(id) % 3) }
  return { json: [order(1), order(2, 7, ['B', 'C']), order(3, 7, ['C', 'A'])] }
}

const myOrders = '{ me { name orders(first: 10) { id placedAt total { amount currency } lines { quantity product { title price { amount } } } } } }'

t.test('the orders page needs exactly three calls', async (t) => {
  const { ask, paths } = compose(await schema(), shop, { services: infos })
  const { data, errors, exchange } = await ask(myOrders)
  t.equal(errors, undefined)
  t.strictSame(paths(), ['users GET /users/7', 'orders GET /orders?customer_id=7&first=10', 'catalog GET /products?skus=A,B,C'])
  t.equal(data.me.name, 'User 7')
  t.strictSame(data.me.orders[2], {
    id: '3', placedAt: 'day 3', total: { amount: 3, currency: 'EUR' },
    lines: ['C', 'A'].map((sku) => ({ quantity: 2, product: { title: `Title ${sku}`, price: { amount: 5 } } })),
  })
  t.equal(exchange.record.fields['graphqlOperation'], 'query')
})

t.test('customers are looked up in one call however the orders are reached', async (t) => {
  const { ask, paths } = compose(await schema(), shop, { services: infos })
  const { data, errors } = await ask('{ a: order(id: 4) { customer { name } } b: order(id: 5) { customer { id name } } c: order(id: 7) { customer { name } } }')
  t.equal(errors, undefined)
  t.same(data, { a: { customer: { name: 'User 1' } }, b: { customer: { id: '2', name: 'User 2' } }, c: { customer: { name: 'User 1' } } })
  t.strictSame(paths(), ['orders GET /orders/4', 'orders GET /orders/5', 'orders GET /orders/7', 'users GET /users?ids=1&ids=2'])
})

t.test('products are public, the rest is not', async (t) => {
  const { ask, paths } = compose(await schema(), shop, { services: infos })
  const open = await ask('{ products(category: "a b", first: 3) { sku title } product(sku: "X") { title } none: product(sku: "none") { title } }', { as: anonymous })
  t.equal(open.errors, undefined)
  t.equal(open.data.products.length, 3)
  t.equal(open.data.none, null)
  t.strictSame(paths(), ['catalog GET /products?category=a%20b&first=3', 'catalog GET /products/X', 'catalog GET /products/none'])
  const closed = await ask('{ me { name } product(sku: "X") { sku } }', { as: anonymous })
  t.equal(closed.status, 200)
  t.same(closed.data, { me: null, product: { sku: 'X' } })
  t.match(closed.errors, [{ path: ['me'], extensions: { code: 'UNAUTHENTICATED' } }])
  t.strictSame(closed.exchange.record.fields['graphqlErrors'], ['UNAUTHENTICATED'])
})

t.test('mutations send bodies and headers in the service\'s writing', async (t) => {
  const { ask, calls } = compose(await schema(), shop, { services: infos })
  const { data, errors } = await ask(
    'mutation Place($input: OrderInput!) { placeOrder(input: $input, idempotencyKey: "k1") { id lines { product { sku } } } changeOrderStatus(id: 5, status: shipped) { status } }',
    { variables: { input: { lines: [{ sku: 'A', quantity: 1 }, { sku: 'Z', quantity: 2 }] } } },
  )
  t.equal(errors, undefined)
  t.same(data, { placeOrder: { id: '99', lines: [{ product: { sku: 'A' } }, { product: { sku: 'Z' } }] }, changeOrderStatus: { status: 'shipped' } })
  t.match(calls, [
    { method: 'POST', path: '/orders', headers: { 'idempotency-key': 'k1', 'content-type': 'application/json' }, body: { lines: [{ sku: 'A', quantity: 1 }, { sku: 'Z', quantity: 2 }] } },
    { method: 'GET', path: '/products?skus=A,Z' },
    { method: 'PATCH', path: '/orders/5', body: { status: 'shipped' } },
  ])
  const denied = await ask('mutation { changeOrderStatus(id: 5, status: paid) { id } }', { as: anonymous })
  t.equal(denied.data, null)
  t.match(denied.errors, [{ extensions: { code: 'UNAUTHENTICATED' }, path: ['changeOrderStatus'] }])
  t.equal(calls.length, 3, 'nothing ran')
})

t.test('clients see nothing internal', async (t) => {
  const { ask } = compose(await schema(), shop, { services: infos })
  const { data } = await ask('{ __schema { types { name fields { name } } directives { name } } }', { as: anonymous })
  const text = JSON.stringify(data)
  t.notMatch(text, /customersByIds|productsBySkus|customerId|Expressions|RestHeader|"rest"|"entity"/)
})
