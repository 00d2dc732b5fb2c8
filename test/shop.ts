import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { startService, type Service } from '../demo/process.ts'
import { requestToken } from '../demo/token-request.ts'

export interface Shop {
  /** Of the gateway. */
  url: string
  services: Record<'identity' | 'users' | 'catalog' | 'orders', Service>
  token(user: string, scopes?: string[], algorithm?: 'RS256' | 'ES256'): Promise<string>
}

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * The demo shop on free ports: its four services, and this repository's own gateway in a process of its own. The
 * playground brings a token for `visitor`, where one is named.
 */
export async function startShop(t: Test, { visitor }: { visitor?: string } = {}): Promise<Shop> {
  const [identity, users, catalog, orders] = await Promise.all([
    startService('identity'), startService('users'), startService('catalog'), startService('orders'),
  ])
  const services = { identity, users, catalog, orders }
  t.teardown(() => Promise.all(Object.values(services).map((service) => service.stop())))
  const token: Shop['token'] = (user, scopes, algorithm) => requestToken({ issuer: identity.url, user, scopes, algorithm })
  const urls = { ISSUER: identity.url, USERS_URL: users.url, CATALOG_URL: catalog.url, ORDERS_URL: orders.url }
  const brought = visitor === undefined ? {} : { DEMO_TOKEN: await token(visitor) }
  const child = spawn(process.execPath, ['bin/sluice.js', 'start', root], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PORT: '0', ADMIN_PORT: '0', ...urls, ...brought },
  })
  t.teardown(() => child.kill('SIGKILL'))
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer]
  child.stdout.resume()
  const { listeners } = JSON.parse(chunk.toString().split('\n')[0] ?? '') as { listeners: { public: string } }
  return { url: listeners.public, services, token }
}
