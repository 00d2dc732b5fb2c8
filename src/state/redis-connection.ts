import { createClient, defineScript } from 'redis'
import type { Measure } from './gcra.ts'

const connectMs = 2000
/** Commands that wait for an answer; beyond that the store is in trouble, and new ones fail at once. */
const queueLength = 10_000

/** The commands that state needs, on one connection; each rejects when the connection is lost. */
export interface RedisConnection {
  /** Takes `price` µs where they are there; `used` is what is used up afterwards. */
  take(key: string, size: Measure, price: number): Promise<{ allowed: boolean; used: number }>
  settle(key: string, size: Measure, delta: number): Promise<void>
  get(key: string): Promise<string | undefined>
  set(key: string, value: string, ttlMs: number): Promise<void>
  setIfAbsent(key: string, value: string, ttlMs: number): Promise<boolean>
  delete(key: string): Promise<void>
  close(): void
}

// The time is the store's own, since it is the only clock that all gateways share: with theirs, one that is ahead
// by some seconds would give back what the others have counted.
const readUsed = `
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]
  local unusedAt = tonumber(redis.call('GET', KEYS[1]) or 0)
  local amount, capacity, ceiling = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
  local used = math.min(math.max(unusedAt - now, 0), ceiling)`

const storeUsed = `
  if used > 0 then
    redis.call('SET', KEYS[1], string.format('%.0f', now + used), 'PX', math.ceil(used / 1000))
  else
    redis.call('DEL', KEYS[1])
  end`

const take = script(
  `${readUsed}
  if used + amount > capacity then return {0, used} end
  used = used + amount
  ${storeUsed}
  return {1, used}`,
  (reply) => {
    const [allowed, used] = Array.isArray(reply) ? reply.map(Number) : []
    if (used === undefined) throw new TypeError('the take script gave no list')
    return { allowed: allowed === 1, used }
  },
)

const settle = script(
  `${readUsed}
  used = math.min(math.max(used + amount, 0), ceiling)
  ${storeUsed}`,
  () => undefined,
)

function script<R>(source: string, read: (reply: unknown) => R) {
  return defineScript({
    SCRIPT: source,
    NUMBER_OF_KEYS: 1,
    parseCommand(parser, key: string, { capacity, ceiling }: Measure, amount: number) {
      parser.pushKey(key)
      parser.push(String(amount), String(capacity), String(ceiling))
    },
    transformReply: read,
  })
}

/**
 * Opens one connection, which isn't mended when it breaks: whoever opened it is told by `onLost` and opens another.
 * Rejects where it can't be opened within two seconds.
 */
export async function openRedis(url: string, onLost: (cause: unknown) => void): Promise<RedisConnection> {
  const client = createClient({
    url,
    scripts: { take, settle },
    disableOfflineQueue: true,
    commandsQueueMaxLength: queueLength,
    socket: { connectTimeout: connectMs, reconnectStrategy: false },
  })
  let open = false
  client.on('error', (cause: unknown) => {
    if (open) onLost(cause)
    open = false
  })
  const timer = setTimeout(() => client.destroy(), connectMs).unref()
  try {
    await client.connect()
    open = true
  } finally {
    clearTimeout(timer)
  }
  return {
    take: (key, size, price) => client.take(key, size, price),
    settle: (key, size, delta) => client.settle(key, size, delta),
    get: async (key) => (await client.get(key)) ?? undefined,
    set: async (key, value, ttlMs) => {
      await client.set(key, value, expiring(ttlMs))
    },
    setIfAbsent: async (key, value, ttlMs) => (await client.set(key, value, { ...expiring(ttlMs), condition: 'NX' })) !== null,
    delete: async (key) => {
      await client.del(key)
    },
    close() {
      open = false
      if (client.isOpen) client.destroy()
    },
  }
}

function expiring(ttlMs: number) {
  return { expiration: { type: 'PX', value: Math.max(1, Math.ceil(ttlMs)) } } as const
}
