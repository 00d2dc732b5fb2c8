import type { Clock } from '../../clock.ts'
import { asSluiceError, SluiceError } from '../../errors.ts'

/** How long somebody waits. */
export interface Patience {
  readonly signal: AbortSignal
  /** The clock's `elapsed` by which the answer must have begun, in ms; Infinity where nothing says so. */
  readonly until: number
}

/** Does what is waited for; calls `answering` once its answer has begun. */
export type Work<T> = (signal: AbortSignal, answering: () => void) => Promise<T>

interface Waiting {
  /** Takes back what would end the wait when its time is over. */
  stop: () => void
}

/**
 * Work under way that several wait for, each for as long as it likes. Who leaves disturbs no other; with the last one
 * the work is given up, for that one's reason.
 */
export class Flight<T> {
  readonly #clock: Clock
  readonly #end = new AbortController()
  readonly #waiting = new Set<Waiting>()
  readonly #result: Promise<T>
  readonly #over: () => void
  #answering = false

  /** `over` is called when nobody can join any more. */
  constructor(clock: Clock, work: Work<T>, over: () => void) {
    this.#clock = clock
    this.#over = over
    this.#result = work(this.#end.signal, () => this.#begin()).finally(over)
    // Whoever waits is told; when all have left, nobody is.
    this.#result.catch(() => undefined)
  }

  /** Rejects with the work's own error, or with the signal's reason or SERVICE_TIMEOUT where the waiter leaves first. */
  wait({ signal, until }: Patience): Promise<T> {
    return new Promise((resolve, reject) => {
      const done = () => {
        waiting.stop()
        signal.removeEventListener('abort', onAbort)
        this.#waiting.delete(waiting)
      }
      const leave = (reason: SluiceError) => {
        done()
        reject(reason)
        if (this.#waiting.size === 0) this.#giveUp(reason)
      }
      const onAbort = () => leave(asSluiceError(signal.reason))
      const waiting: Waiting = { stop: () => undefined }
      this.#waiting.add(waiting)
      if (signal.aborted) return onAbort()
      signal.addEventListener('abort', onAbort, { once: true })
      if (until < Infinity && !this.#answering) waiting.stop = this.#clock.after(Math.max(0, until - this.#clock.elapsed()), () => leave(late()))
      const settle = () => {
        done()
        resolve(this.#result)
      }
      this.#result.then(settle, settle)
    })
  }

  #begin(): void {
    this.#answering = true
    for (const waiting of this.#waiting) waiting.stop()
  }

  #giveUp(reason: SluiceError): void {
    this.#over()
    this.#end.abort(reason)
  }
}

function late(): SluiceError {
  return new SluiceError('SERVICE_TIMEOUT', 'The service did not answer in time.')
}
