import type { Clock } from '../clock.ts'
import { ExpiringMap } from './expiring-map.ts'
import { measure, outcome, settled, usedAt } from './gcra.ts'
import type { Limit, State, Take } from './state.ts'
import { WeightedMap } from './weighted-map.ts'

/** Most keys with something used of a limit, and most small values: about 20 MB and what the values weigh. */
const bound = 100_000
/** Up to how many characters a value is small. */
const small = 1024
/** Bytes of all values that are larger: they make room for each other alone. */
const largeBytes = 64 * 1024 ** 2

/** State within one process. Its answers are values, never promises. */
export interface MemoryState extends State {
  take(limit: Limit, key: string, cost: number): Take
  settle(limit: Limit, key: string, delta: number): void
  get(key: string): string | undefined
  set(key: string, value: string, ttlMs: number): void
  setIfAbsent(key: string, value: string, ttlMs: number): boolean
  delete(key: string): void
  close(): void
}

/**
 * Makes an empty state that holds up to `keys` limited keys and as many small values, and 64 MiB of larger ones. Beyond
 * that the key that comes soonest to be unused is forgotten: a client's count then starts afresh, and memory stays
 * bounded.
 */
export function createMemoryState({ clock, keys = bound }: { clock: Clock; keys?: number }): MemoryState {
  const unusedAt = new ExpiringMap<number>(keys)
  const values = new ExpiringMap<string>(keys)
  const large = new WeightedMap<string>(largeBytes)
  const micros = () => Math.round(clock.now() * 1000)

  function store(id: string, used: number, now: number): void {
    if (used > 0) unusedAt.set(id, now + used, now + used, now)
    else unusedAt.delete(id)
  }

  const get = (key: string) => values.get(key, clock.now()) ?? large.get(key, clock.now())

  function set(key: string, value: string, ttlMs: number): void {
    const now = clock.now()
    drop(key)
    if (value.length <= small) values.set(key, value, now + ttlMs, now)
    else large.set(key, value, Buffer.byteLength(value), now + ttlMs)
  }

  function drop(key: string): void {
    values.delete(key)
    large.delete(key)
  }

  return {
    take(limit, key, cost) {
      const [id, now, size] = [`${limit.name} ${key}`, micros(), measure(limit)]
      const used = usedAt(size, unusedAt.get(id, now) ?? 0, now)
      const wanted = used + Math.round(cost * size.interval)
      if (wanted > size.capacity) return outcome(size, false, used, cost)
      store(id, wanted, now)
      return outcome(size, true, wanted, cost)
    },
    settle(limit, key, delta) {
      const [id, now, size] = [`${limit.name} ${key}`, micros(), measure(limit)]
      store(id, settled(size, usedAt(size, unusedAt.get(id, now) ?? 0, now), delta), now)
    },
    get,
    set,
    setIfAbsent(key, value, ttlMs) {
      if (get(key) !== undefined) return false
      set(key, value, ttlMs)
      return true
    },
    delete: drop,
    close() {
      unusedAt.clear()
      values.clear()
      large.clear()
    },
  }
}
