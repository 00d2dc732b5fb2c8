import type { Clock } from '../../clock.ts'

/** The time that one run of a resolver has. */
export class RunTime {
  /** Rejects when the time is over. */
  readonly over: Promise<never>
  readonly #left: AbortSignal
  readonly #ending = new AbortController()
  readonly #stop: () => void
  #signal: AbortSignal | undefined

  /** `longest` is in ms by the clock, `error` says what the time's end is, and `left` aborts when the client leaves. */
  constructor(clock: Clock, longest: number, error: () => Error, left: AbortSignal) {
    const { promise, reject } = Promise.withResolvers<never>()
    this.over = promise
    this.#left = left
    this.#stop = clock.after(longest, () => {
      const reason = error()
      reject(reason)
      this.#ending.abort(reason)
    })
  }

  /** Aborts when the client leaves, or the time is over; only code that asks for it pays for it. */
  get signal(): AbortSignal {
    return (this.#signal ??= AbortSignal.any([this.#left, this.#ending.signal]))
  }

  /** The run has ended. */
  end(): void {
    this.#stop()
  }
}
