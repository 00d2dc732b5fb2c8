import { createHash } from 'node:crypto'

/** A counted hold on something shared; the last release disposes of it. */
export interface Lease<T> {
  readonly value: T
  release(): void
}

interface Entry {
  value: unknown
  holders: number
  dispose: () => void
}

/**
 * What outlives a reload: pools, breakers, limits, caches. A gateway leases by name and settings; the next gateway
 * that leases the same gets the same instance, so an unchanged service keeps its connections and its state.
 */
export class Shared {
  readonly #entries = new Map<string, Entry>()

  /** Leases the instance for `name` with exactly these (JSON-able) settings, creating it for the first holder. */
  lease<T>(name: string, settings: unknown, create: () => T, dispose: (value: T) => void): Lease<T> {
    const key = `${name}:${createHash('sha256').update(JSON.stringify(settings)).digest('base64url')}`
    let entry = this.#entries.get(key)
    if (entry === undefined) {
      const value = create()
      entry = { value, holders: 0, dispose: () => dispose(value) }
      this.#entries.set(key, entry)
    }
    entry.holders += 1
    return this.#hold(key, entry) as Lease<T>
  }

  /** How many instances are held. */
  get size(): number {
    return this.#entries.size
  }

  #hold(key: string, entry: Entry): Lease<unknown> {
    let held = true
    return {
      value: entry.value,
      release: () => {
        if (!held) return
        held = false
        entry.holders -= 1
        if (entry.holders > 0) return
        this.#entries.delete(key)
        entry.dispose()
      },
    }
  }
}
