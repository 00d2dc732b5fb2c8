import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'

/**
 * Opens a service's own database: in memory, or the file `<name>.db` under DATA_DIR when that is set.
 * A new one gets its tables and `fill`s them in one transaction; a file that has them keeps its data.
 */
export function openDatabase(name: string, tables: string, fill: (database: DatabaseSync) => void): DatabaseSync {
  const folder = process.env['DATA_DIR']
  if (folder !== undefined) mkdirSync(folder, { recursive: true })
  const database = new DatabaseSync(folder === undefined ? ':memory:' : join(folder, `${name}.db`))
  if (database.prepare('PRAGMA user_version').get()?.['user_version'] === 1) return database
  inTransaction(database, () => {
    database.exec(tables)
    fill(database)
    database.exec('PRAGMA user_version = 1')
  })
  return database
}

/** Runs `work` whole or not at all: a throw in it undoes what it did. */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}

/** Inserts each row of values into `table`, in the order of its columns. */
export function insertAll(database: DatabaseSync, table: string, rows: readonly SQLInputValue[][]): void {
  const [first] = rows
  if (first === undefined) return
  const statement = database.prepare(`INSERT INTO ${table} VALUES (${first.map(() => '?').join(', ')})`)
  for (const row of rows) statement.run(...row)
}
