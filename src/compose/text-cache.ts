/** Remembers what was made of a text: the most recently used ones, and none that is very long. */
export class TextCache<T> {
  readonly #entries = new Map<string, T>()
  readonly #most: number
  readonly #longest: number

  constructor({ most, longest }: { most: number, longest: number }) {
    this.#most = most
    this.#longest = longest
  }

  get(text: string): T | undefined {
    const value = this.#entries.get(text)
    if (value === undefined) return undefined
    this.#entries.delete(text)
    this.#entries.set(text, value)
    return value
  }

  set(text: string, value: T): void {
    if (text.length > this.#longest) return
    this.#entries.delete(text)
    this.#entries.set(text, value)
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > this.#most && oldest !== undefined) this.#entries.delete(oldest)
  }

  get size(): number {
    return this.#entries.size
  }
}
