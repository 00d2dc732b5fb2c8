/** What stands in the map; `expiresAt` is in the caller's unit of time, and may be moved. */
interface Entry<V> {
  value: V
  expiresAt: number
}

/** Entries looked at for each one that is added. */
const examined = 8

/**
 * A map whose entries expire, with a bound on their number. Each addition looks at a few entries in turn and drops
 * the expired ones, so there is no timer and no long sweep; at the bound it drops the one among them that would
 * expire first, which loses least.
 */
export class ExpiringMap<V> {
  readonly #entries = new Map<string, Entry<V>>()
  readonly #bound: number
  #cursor = this.#entries.entries()

  constructor(bound: number) {
    this.#bound = bound
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string, now: number): V | undefined {
    const entry = this.#entries.get(key)
    return entry === undefined || entry.expiresAt <= now ? undefined : entry.value
  }

  set(key: string, value: V, expiresAt: number, now: number): void {
    const entry = this.#entries.get(key)
    if (entry !== undefined) {
      entry.value = value
      entry.expiresAt = expiresAt
      return
    }
    this.#makeRoom(now)
    this.#entries.set(key, { value, expiresAt })
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }

  clear(): void {
    this.#entries.clear()
  }

  #makeRoom(now: number): void {
    let first: string | undefined
    let firstAt = Infinity
    for (let count = Math.min(examined, this.#entries.size); count > 0; count--) {
      const [key, { expiresAt }] = this.#next()
      if (expiresAt <= now) this.#entries.delete(key)
      else if (expiresAt < firstAt) [first, firstAt] = [key, expiresAt]
    }
    if (first !== undefined && this.#entries.size >= this.#bound) this.#entries.delete(first)
  }

  /** A map's iterator follows its changes, so one that is kept visits every entry sooner or later. */
  #next(): [string, Entry<V>] {
    for (;;) {
      const step = this.#cursor.next()
      if (step.done !== true) return step.value
      this.#cursor = this.#entries.entries()
    }
  }
}
