import type { DatabaseSync } from 'node:sqlite'
import { insertAll, openDatabase } from '../data/database.ts'
import { generateOrders } from '../data/orders.ts'
import { generateProducts } from '../data/products.ts'

const TABLES = `CREATE TABLE orders (
  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, status TEXT NOT NULL, placed_at TEXT NOT NULL
) STRICT;
CREATE INDEX orders_by_time ON orders (placed_at, id);
CREATE INDEX orders_by_customer ON orders (customer_id, placed_at, id);
CREATE TABLE lines (
  order_id INTEGER NOT NULL REFERENCES orders (id), position INTEGER NOT NULL, sku TEXT NOT NULL,
  quantity INTEGER NOT NULL, unit_price_cents INTEGER NOT NULL, PRIMARY KEY (order_id, position)
) STRICT;
CREATE TABLE prices (sku TEXT PRIMARY KEY, price_cents INTEGER NOT NULL) STRICT;
CREATE TABLE answers (
  caller TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, order_id INTEGER NOT NULL, json TEXT NOT NULL,
  PRIMARY KEY (caller, key)
) STRICT`

/** The service's own orders, its own copy of the prices, and what it answered under which idempotency key. */
export function openOrdersDatabase(): DatabaseSync {
  return openDatabase('orders', TABLES, (database) => {
    const orders = generateOrders()
    insertAll(database, 'orders', orders.map((order) => [
      order.id, order.customerId, order.status, order.placedAt,
    ]))
    insertAll(database, 'lines', orders.flatMap((order) => order.lines.map((line, position) => [
      order.id, position, line.sku, line.quantity, line.unitPriceCents,
    ])))
    insertAll(database, 'prices', generateProducts().map(({ sku, priceCents }) => [sku, priceCents]))
  })
}
