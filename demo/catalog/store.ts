import type { DatabaseSync } from 'node:sqlite'
import { insertAll, openDatabase } from '../data/database.ts'
import { generateProducts } from '../data/products.ts'
import { integer, text, type Row } from '../data/row.ts'

export interface Product {
  sku: string
  title: string
  description: string
  category: string
  price: { amount: number, currency: 'EUR' }
  created_at: string
}

export interface ProductStore {
  find(sku: string): Product | undefined
  /** Those of the skus that exist, in the order of their skus. */
  findAll(skus: readonly string[]): Product[]
  page(category: string | undefined, first: number, after: string): Product[]
}

const TABLES = `CREATE TABLE products (
  sku TEXT PRIMARY KEY, title TEXT NOT NULL, description TEXT NOT NULL, category TEXT NOT NULL,
  price_cents INTEGER NOT NULL, created_at TEXT NOT NULL
) STRICT;
CREATE INDEX products_by_category ON products (category, sku)`

export function openProductStore(): ProductStore {
  const database = openDatabase('catalog', TABLES, fill)
  const one = database.prepare('SELECT * FROM products WHERE sku = ?')
  const some = database.prepare('SELECT * FROM products WHERE sku IN (SELECT value FROM json_each(?)) ORDER BY sku')
  const page = database.prepare('SELECT * FROM products WHERE sku > ? ORDER BY sku LIMIT ?')
  const pageOfCategory = database.prepare(
    'SELECT * FROM products WHERE category = ? AND sku > ? ORDER BY sku LIMIT ?')
  return {
    find(sku) {
      const row = one.get(sku)
      return row === undefined ? undefined : productOf(row)
    },
    findAll: (skus) => some.all(JSON.stringify(skus)).map(productOf),
    page(category, first, after) {
      const rows = category === undefined ? page.all(after, first) : pageOfCategory.all(category, after, first)
      return rows.map(productOf)
    },
  }
}

function fill(database: DatabaseSync): void {
  insertAll(database, 'products', generateProducts().map((product) => [
    product.sku, product.title, product.description, product.category, product.priceCents, product.createdAt,
  ]))
}

function productOf(row: Row): Product {
  return {
    sku: text(row, 'sku'),
    title: text(row, 'title'),
    description: text(row, 'description'),
    category: text(row, 'category'),
    price: { amount: integer(row, 'price_cents') / 100, currency: 'EUR' },
    created_at: text(row, 'created_at'),
  }
}
