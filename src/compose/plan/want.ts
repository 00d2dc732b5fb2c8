import { only, type BatchedField } from '../batch.ts'
import type { KeyMode } from '../binding.ts'
import type { Entry } from './entry.ts'
import { Key } from './key.ts'
import { Failed } from './shape.ts'

/** A key, or what stands in its place: null asks for nothing, and what can't be compared has failed. */
export type Wanted = Key | Failed | null

/** An entry that takes its value from what one root field finds by key. */
export class Want {
  readonly #entry: Entry
  readonly #target: BatchedField
  readonly #mode: KeyMode
  readonly #keys: readonly Wanted[]
  #open = 0

  constructor(entry: Entry, target: BatchedField, mode: KeyMode, keys: readonly Wanted[]) {
    this.#entry = entry
    this.#target = target
    this.#mode = mode
    this.#keys = keys
  }

  /** Settles the entry now, or when the last of its keys is found. */
  begin(): void {
    for (const key of this.#keys) {
      if (!(key instanceof Key) || key.found) continue
      this.#open += 1
      key.tell(this)
    }
    if (this.#open === 0) this.#settle()
  }

  /** One of the keys that it waits for is found. */
  found(): void {
    this.#open -= 1
    if (this.#open === 0) this.#settle()
  }

  #settle(): void {
    let value: unknown
    try {
      value = this.#take()
    } catch (thrown) {
      return this.#entry.fail(thrown)
    }
    this.#entry.succeed(value)
  }

  #take(): unknown {
    if (this.#mode === 'many') return this.#keys.flatMap((key) => key instanceof Key ? key.take() : [])
    if (this.#mode === 'each') return this.#keys.map((key) => this.#alone(key))
    const key = this.#keys[0] ?? null
    return key instanceof Key ? only(key.take(), key.value, this.#target) : null
  }

  /** One object of a list; each fails alone. */
  #alone(key: Wanted): unknown {
    if (!(key instanceof Key)) return key
    try {
      return only(key.take(), key.value, this.#target)
    } catch (thrown) {
      return new Failed(thrown)
    }
  }
}
