import type { DatabaseSync } from 'node:sqlite'
import { insertAll, openDatabase } from '../data/database.ts'
import { integer, text, type Row } from '../data/row.ts'
import { generateUsers } from '../data/users.ts'

export interface User { id: number, full_name: string, email: string, country: string, created_at: string }

export interface UserStore {
  find(id: number): User | undefined
  /** Those of the ids that exist, in the order of their ids. */
  findAll(ids: readonly number[]): User[]
  page(first: number, after: number): User[]
}

const TABLES = `CREATE TABLE users (
  id INTEGER PRIMARY KEY, full_name TEXT NOT NULL, email TEXT NOT NULL,
  country TEXT NOT NULL, created_at TEXT NOT NULL
) STRICT`

export function openUserStore(): UserStore {
  const database = openDatabase('users', TABLES, fill)
  const one = database.prepare('SELECT * FROM users WHERE id = ?')
  const some = database.prepare('SELECT * FROM users WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id')
  const page = database.prepare('SELECT * FROM users WHERE id > ? ORDER BY id LIMIT ?')
  return {
    find(id) {
      const row = one.get(id)
      return row === undefined ? undefined : userOf(row)
    },
    findAll: (ids) => some.all(JSON.stringify(ids)).map(userOf),
    page: (first, after) => page.all(after, first).map(userOf),
  }
}

function fill(database: DatabaseSync): void {
  insertAll(database, 'users', generateUsers().map((user) => [
    user.id, user.fullName, user.email, user.country, user.createdAt,
  ]))
}

function userOf(row: Row): User {
  return {
    id: integer(row, 'id'),
    full_name: text(row, 'full_name'),
    email: text(row, 'email'),
    country: text(row, 'country'),
    created_at: text(row, 'created_at'),
  }
}
