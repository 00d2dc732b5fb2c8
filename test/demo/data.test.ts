import t from 'tap'
import { generateOrders } from '../../demo/data/orders.ts'
import { generateProducts } from '../../demo/data/products.ts'
import { openRandom } from '../../demo/data/random.ts'
import { generateUsers } from '../../demo/data/users.ts'

const users = generateUsers()
const products = generateProducts()
const orders = generateOrders()

t.test('there is as much as the examples need', async (t) => {
  t.strictSame([users.length, products.length, orders.length], [1000, 500, 5000])
  t.equal(new Set(users.map(({ email }) => email)).size, 1000)
  t.equal(new Set(products.map(({ sku }) => sku)).size, 500)
  const ordersByUser = Map.groupBy(orders, ({ customerId }) => customerId)
  t.ok(users.every(({ id }) => (ordersByUser.get(id)?.length ?? 0) >= 3))
  const example = ordersByUser.get(42) ?? []
  t.ok(example.length >= 10)
  t.ok(example.every(({ lines }) => new Set(lines.map(({ sku }) => sku)).size >= 2))
})

t.test('the data hangs together', async (t) => {
  const priceOf = new Map(products.map(({ sku, priceCents }) => [sku, priceCents]))
  const joined = new Map(users.map(({ id, createdAt }) => [id, createdAt]))
  t.ok(orders.every(({ lines }) => lines.every(({ sku, unitPriceCents }) => priceOf.get(sku) === unitPriceCents)))
  t.ok(orders.every(({ customerId, placedAt }) => placedAt > (joined.get(customerId) ?? '~')))
  t.ok(orders.every(({ placedAt }, index) => index === 0 || placedAt >= (orders[index - 1]?.placedAt ?? '~')))
})

t.test('it is the same each time', async (t) => {
  t.strictSame([generateUsers(), generateProducts(), generateOrders()], [users, products, orders])
  t.equal(openRandom('a').between(0, 1e9), openRandom('a').between(0, 1e9))
  t.not(openRandom('a').between(0, 1e9), openRandom('b').between(0, 1e9))
  t.throws(() => openRandom('a').pick([]), RangeError)
})
