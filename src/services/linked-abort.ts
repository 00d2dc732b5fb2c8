/** A signal that follows another, and can be aborted before it. Whoever makes one lets go of the other in the end. */
export class LinkedAbort {
  readonly #own = new AbortController()
  readonly #outer: AbortSignal
  readonly #follow = () => this.#own.abort(this.#outer.reason)

  constructor(outer: AbortSignal) {
    this.#outer = outer
    if (outer.aborted) this.#follow()
    else outer.addEventListener('abort', this.#follow, { once: true })
  }

  get signal(): AbortSignal {
    return this.#own.signal
  }

  abort(reason?: unknown): void {
    this.#own.abort(reason)
  }

  /** Aborts what still listens, and lets go of the other. */
  end(reason: unknown): void {
    this.letGo()
    this.#own.abort(reason)
  }

  letGo(): void {
    this.#outer.removeEventListener('abort', this.#follow)
  }
}
