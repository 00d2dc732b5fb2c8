import { generateProducts, type SeedProduct } from './products.ts'
import { openRandom, type Random } from './random.ts'
import { USER_COUNT } from './users.ts'

const ORDER_COUNT = 5000
const ORDERS_EACH = 3
/** The user whom the examples use; has enough orders for a list with several pages. */
const EXAMPLE_USER = 42
const EXAMPLE_USER_ORDERS = 12
const FIRST_MOMENT = Date.UTC(2024, 0, 1)
const TWO_YEARS_MINUTES = 2 * 365 * 24 * 60

export interface SeedLine { sku: string, quantity: number, unitPriceCents: number }
export interface SeedOrder { id: number, customerId: number, status: string, placedAt: string, lines: SeedLine[] }

/** The orders 1 to 5000, ids in the order of time, the same in every process. */
export function generateOrders(): SeedOrder[] {
  const random = openRandom('orders')
  const products = generateProducts()
  const minutes = Array.from({ length: ORDER_COUNT }, () => random.between(0, TWO_YEARS_MINUTES - 1))
  minutes.sort((a, b) => a - b)
  return customersOf(random).map((customerId, index) => ({
    id: index + 1,
    customerId,
    status: statusOf(random, index),
    placedAt: new Date(FIRST_MOMENT + (minutes[index] ?? 0) * 60_000).toISOString(),
    lines: linesOf(random, products),
  }))
}

function customersOf(random: Random): number[] {
  const everyone = Array.from({ length: USER_COUNT }, (_, index) => index + 1)
  const customers = Array.from({ length: ORDERS_EACH }, () => everyone).flat()
  for (let count = ORDERS_EACH; count < EXAMPLE_USER_ORDERS; count += 1) customers.push(EXAMPLE_USER)
  while (customers.length < ORDER_COUNT) customers.push(random.between(1, USER_COUNT))
  return random.shuffle(customers)
}

/** Old orders have arrived or were cancelled; the last hundred are still on their way. */
function statusOf(random: Random, index: number): string {
  if (index >= ORDER_COUNT - 100) return random.pick(['placed', 'paid', 'shipped'])
  return random.between(1, 20) === 1 ? 'cancelled' : 'delivered'
}

function linesOf(random: Random, products: readonly SeedProduct[]): SeedLine[] {
  const chosen = new Set<SeedProduct>()
  const count = random.between(2, 5)
  while (chosen.size < count) chosen.add(random.pick(products))
  return [...chosen].map(({ sku, priceCents }) => ({
    sku, quantity: random.between(1, 4), unitPriceCents: priceCents,
  }))
}
