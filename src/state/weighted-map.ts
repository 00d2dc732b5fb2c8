interface Entry<V> {
  readonly value: V
  readonly weight: number
  readonly expiresAt: number
}

/** What an entry costs beside its key and value, in bytes. */
const overhead = 256

/** A map whose entries expire, with a bound on the bytes of keys and values: those go first that were used least recently. */
export class WeightedMap<V> {
  /** In the order of their last use, which a map keeps where an entry is taken out and put back. */
  readonly #entries = new Map<string, Entry<V>>()
  readonly #most: number
  #weight = 0

  constructor(most: number) {
    this.#most = most
  }

  /** Bytes in use. */
  get weight(): number {
    return this.#weight
  }

  /** The value, which is then the one used last; `now` is in the unit of `expiresAt`. */
  get(key: string, now: number): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    if (entry.expiresAt <= now) {
      this.#weight -= entry.weight
      return undefined
    }
    this.#entries.set(key, entry)
    return entry.value
  }

  /** Keeps a value of so many bytes; one that is too large for the whole map only takes the place of the one before. */
  set(key: string, value: V, bytes: number, expiresAt: number): void {
    this.delete(key)
    const weight = bytes + 2 * key.length + overhead
    if (weight > this.#most) return
    this.#weight += weight
    for (const [oldest] of this.#entries) {
      if (this.#weight <= this.#most) break
      this.delete(oldest)
    }
    this.#entries.set(key, { value, weight, expiresAt })
  }

  delete(key: string): void {
    this.#weight -= this.#entries.get(key)?.weight ?? 0
    this.#entries.delete(key)
  }

  clear(): void {
    this.#entries.clear()
    this.#weight = 0
  }
}
