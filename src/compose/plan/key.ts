import type { Failed } from './shape.ts'
import type { Want } from './want.ts'

/** A key that is looked up, and what became of it. It is asked for once in a run. */
export class Key {
  /** As it is compared. */
  readonly text: string
  readonly value: unknown
  /** Those that were asked for with it, once it was sent. */
  chunk: readonly Key[] | undefined
  found = false
  /** What has the key. */
  readonly items: object[] = []
  /** Why it could not be looked up. */
  failure: Failed | undefined
  readonly waiting: Want[] = []

  constructor(text: string, value: unknown) {
    this.text = text
    this.value = value
  }

  /** The items with this key. Throws what went wrong. */
  take(): readonly object[] {
    if (this.failure !== undefined) throw this.failure.error
    return this.items
  }
}
