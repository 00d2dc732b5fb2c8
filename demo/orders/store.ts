import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from '../data/database.ts'
import { integer, text, type Row } from '../data/row.ts'
import { openOrdersDatabase } from './database.ts'

export interface Money { amount: number, currency: 'EUR' }
export interface Order {
  id: number
  customer_id: number
  status: string
  placed_at: string
  total: Money
  lines: { sku: string, quantity: number, unit_price: Money }[]
}

export interface NewLine { sku: string, quantity: number }

/** A placed order as it was answered, whatever became of it since. */
export interface Placed { id: number, json: string }

export interface OrderStore {
  find(id: number): Order | undefined
  /** The newest orders, of one customer or of all. */
  newest(customerId: number | undefined, first: number): Order[]
  /** The first of the skus that has no price, if there is one. */
  unknownSku(lines: readonly NewLine[]): string | undefined
  place(customerId: number, lines: readonly NewLine[]): Order
  setStatus(id: number, status: string): void
  /** What was answered under this key, with the body it was asked with. */
  findAnswer(caller: string, key: string): { body: string, placed: Placed } | undefined
  keepAnswer(caller: string, key: string, body: string, placed: Placed): void
  /** Runs `work` whole or not at all. */
  atomically<Result>(work: () => Result): Result
}

export function openOrderStore(): OrderStore {
  const database = openOrdersDatabase()
  const orders = orderQueries(database)
  const prices = database.prepare('SELECT price_cents FROM prices WHERE sku = ?')
  const status = database.prepare('UPDATE orders SET status = ? WHERE id = ?')
  const answer = database.prepare('SELECT * FROM answers WHERE caller = ? AND key = ?')
  const keep = database.prepare('INSERT INTO answers VALUES (?, ?, ?, ?, ?)')
  const priceOf = (sku: string) => {
    const row = prices.get(sku)
    return row === undefined ? undefined : integer(row, 'price_cents')
  }
  return {
    find: orders.find,
    newest: orders.newest,
    unknownSku: (lines) => lines.find(({ sku }) => priceOf(sku) === undefined)?.sku,
    place: (customerId, lines) => place(database, customerId, lines.map((line) => {
      return { ...line, unitPriceCents: priceOf(line.sku) ?? 0 }
    })),
    setStatus: (id, value) => { status.run(value, id) },
    findAnswer(caller, key) {
      const row = answer.get(caller, key)
      if (row === undefined) return undefined
      return { body: text(row, 'body'), placed: { id: integer(row, 'order_id'), json: text(row, 'json') } }
    },
    keepAnswer: (caller, key, body, { id, json }) => { keep.run(caller, key, body, id, json) },
    atomically: (work) => inTransaction(database, work),
  }
}

function orderQueries(database: DatabaseSync): Pick<OrderStore, 'find' | 'newest'> {
  const one = database.prepare('SELECT * FROM orders WHERE id = ?')
  const newest = database.prepare('SELECT * FROM orders ORDER BY placed_at DESC, id DESC LIMIT ?')
  const newestOfOne = database.prepare(
    'SELECT * FROM orders WHERE customer_id = ? ORDER BY placed_at DESC, id DESC LIMIT ?')
  const lines = database.prepare('SELECT * FROM lines WHERE order_id = ? ORDER BY position')
  const orderOf = (row: Row) => toOrder(row, lines.all(integer(row, 'id')))
  return {
    find(id) {
      const row = one.get(id)
      return row === undefined ? undefined : orderOf(row)
    },
    newest(customerId, first) {
      return (customerId === undefined ? newest.all(first) : newestOfOne.all(customerId, first)).map(orderOf)
    },
  }
}

function place(database: DatabaseSync, customer: number, lines: (NewLine & { unitPriceCents: number })[]): Order {
  const insert = database.prepare(
    'INSERT INTO orders (customer_id, status, placed_at) VALUES (?, ?, ?) RETURNING *')
  const inserted = insert.get(customer, 'placed', new Date().toISOString())
  if (inserted === undefined) throw new Error('the order was not stored')
  const insertLine = database.prepare('INSERT INTO lines VALUES (?, ?, ?, ?, ?) RETURNING *')
  const rows = lines.map((line, position) => {
    const row = insertLine.get(integer(inserted, 'id'), position, line.sku, line.quantity, line.unitPriceCents)
    if (row === undefined) throw new Error('the line was not stored')
    return row
  })
  return toOrder(inserted, rows)
}

function toOrder(row: Row, lines: readonly Row[]): Order {
  const costs = lines.map((line) => integer(line, 'quantity') * integer(line, 'unit_price_cents'))
  const totalCents = costs.reduce((sum, cost) => sum + cost, 0)
  return {
    id: integer(row, 'id'),
    customer_id: integer(row, 'customer_id'),
    status: text(row, 'status'),
    placed_at: text(row, 'placed_at'),
    total: euros(totalCents),
    lines: lines.map((line) => ({
      sku: text(line, 'sku'),
      quantity: integer(line, 'quantity'),
      unit_price: euros(integer(line, 'unit_price_cents')),
    })),
  }
}

function euros(cents: number): Money {
  return { amount: cents / 100, currency: 'EUR' }
}
