import type { Failed } from './shape.ts'
import type { Want } from './want.ts'

const none: readonly never[] = Object.freeze([])

/** A key that is looked up, and what became of it. It is asked for once in a run. */
export class Key {
  /** As it is compared. */
  readonly text: string
  readonly value: unknown
  /** Those that were asked for with it, once it was sent. */
  chunk: readonly Key[] | undefined
  found = false
  /** Why it could not be looked up. */
  failure: Failed | undefined
  #items: object[] | undefined
  #waiting: Want[] | undefined

  constructor(text: string, value: unknown) {
    this.text = text
    this.value = value
  }

  // Most keys have one item, and one who waits: a list that is written with it has room for no more.

  /** Takes note of something that has the key. */
  add(item: object): void {
    if (this.#items === undefined) this.#items = [item]
    else this.#items.push(item)
  }

  /** Has a want told once the key is found. */
  tell(want: Want): void {
    if (this.#waiting === undefined) this.#waiting = [want]
    else this.#waiting.push(want)
  }

  /** Tells those who wait. */
  told(): void {
    for (const want of this.#waiting ?? none) want.found()
  }

  /** The items with this key. Throws what went wrong. */
  take(): readonly object[] {
    if (this.failure !== undefined) throw this.failure.error
    return this.#items ?? none
  }
}
