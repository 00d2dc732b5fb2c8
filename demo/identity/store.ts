import type { DatabaseSync } from 'node:sqlite'
import type { Account, Adapter } from 'oidc-provider'
import { insertAll, openDatabase } from '../data/database.ts'
import { integer, text, type Row } from '../data/row.ts'
import { generateUsers } from '../data/users.ts'

const TABLES = `CREATE TABLE accounts (id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE artifacts (
  model TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL, expires_at INTEGER NOT NULL,
  PRIMARY KEY (model, id)
) STRICT`

export interface IdentityStore {
  /** The account with this user id or email address. */
  findAccount: (name: string) => Account | undefined
  /** Keeps what the provider issues, one adapter a kind. */
  openAdapter: (model: string) => Adapter
}

export function openIdentityStore(): IdentityStore {
  const database = openDatabase('identity', TABLES, (empty) => {
    insertAll(empty, 'accounts', generateUsers().map(({ id, email }) => [String(id), email]))
  })
  const account = database.prepare('SELECT id FROM accounts WHERE id = ? OR email = ?')
  return {
    findAccount(name) {
      const row = account.get(name, name)
      if (row === undefined) return undefined
      const id = text(row, 'id')
      return { accountId: id, claims: () => ({ sub: id }) }
    },
    openAdapter: (model) => openAdapter(database, model),
  }
}

function openAdapter(database: DatabaseSync, model: string): Adapter {
  const put = database.prepare('INSERT OR REPLACE INTO artifacts VALUES (?, ?, ?, ?)')
  const byId = database.prepare('SELECT * FROM artifacts WHERE model = ? AND id = ?')
  const byMember = database.prepare('SELECT * FROM artifacts WHERE model = ? AND payload ->> ? = ?')
  const consume = database.prepare(
    `UPDATE artifacts SET payload = json_set(payload, '$.consumed', unixepoch()) WHERE model = ? AND id = ?`)
  const remove = database.prepare('DELETE FROM artifacts WHERE model = ? AND id = ?')
  const revoke = database.prepare(`DELETE FROM artifacts WHERE model = ? AND payload ->> 'grantId' = ?`)
  return {
    upsert: async (id, payload, seconds) => {
      const expiresAt = seconds === undefined ? Number.MAX_SAFE_INTEGER : Date.now() + seconds * 1000
      put.run(model, id, JSON.stringify(payload), expiresAt)
    },
    find: async (id) => payloadOf(byId.get(model, id)),
    findByUid: async (uid) => payloadOf(byMember.get(model, 'uid', uid)),
    findByUserCode: async (userCode) => payloadOf(byMember.get(model, 'userCode', userCode)),
    consume: async (id) => { consume.run(model, id) },
    destroy: async (id) => { remove.run(model, id) },
    revokeByGrantId: async (grantId) => { revoke.run(model, grantId) },
  }
}

function payloadOf(row: Row | undefined): Record<string, unknown> | undefined {
  if (row === undefined || integer(row, 'expires_at') <= Date.now()) return undefined
  const payload: unknown = JSON.parse(text(row, 'payload'))
  return isRecord(payload) ? payload : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
