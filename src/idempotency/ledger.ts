import { randomUUID } from 'node:crypto'
import type { GatewayParts } from '../policy.ts'
import { readAnswer, readMark, writeAnswer, type KeptAnswer, type Mark } from './mark.ts'

type LedgerParts = Pick<GatewayParts, 'state' | 'clock' | 'log'>

/** A key and what is known of it. */
export interface Entry {
  readonly key: string
  readonly mark: Mark
}

/** Keys that wait to be freed while the store is away, how long until it is asked again, in ms, and how often it is. */
const waiting = { most: 1000, pauseMs: 1000, times: 300 }

/**
 * What became of the requests with idempotency keys. A mark is set before a request goes on, and stands for the whole
 * time if nobody ever says how it ended: only what is known not to have been sent frees a key.
 */
export class Ledger {
  readonly #parts: LedgerParts
  readonly #ttlMs: number
  readonly #unfreed = new Set<Entry>()
  #timesLeft = 0

  constructor(parts: LedgerParts, ttlMs: number) {
    this.#parts = parts
    this.#ttlMs = ttlMs
  }

  /** Takes a key, or tells what it was taken for before. Rejects where the store cannot be asked. */
  async take(key: string, request: string): Promise<Entry & { first: boolean }> {
    const { state } = this.#parts
    const mark: Mark = { by: randomUUID(), request, body: null, outcome: 'open' }
    let first: boolean
    try {
      first = await state.setIfAbsent(key, JSON.stringify(mark), this.#ttlMs)
    } catch (thrown) {
      // The store may have done it, and only its answer was lost.
      void this.free({ key, mark })
      throw thrown
    }
    if (first) return { key, mark, first }
    const known = await state.get(key)
    // A key that was freed just now is no other's: whoever tries again takes it.
    return { key, mark: known === undefined ? mark : readMark(known), first }
  }

  /** Frees a key whose request was never sent, later where the store is away. Never rejects. */
  async free(entry: Entry): Promise<void> {
    if (await this.#freed(entry) || this.#unfreed.size >= waiting.most) return
    this.#unfreed.add(entry)
    if (this.#timesLeft === 0) this.#freeLater()
    this.#timesLeft = waiting.times
  }

  /** Keeps how a request ended: the digest of its body, and its answer, or null where it can't be given again. Never rejects. */
  async settle({ key, mark }: Entry, body: string | null, answer: KeptAnswer | null): Promise<void> {
    const { state, log } = this.#parts
    try {
      if (answer !== null) await state.set(answerKey(mark), writeAnswer(answer), this.#ttlMs)
      const settled: Mark = { ...mark, body, outcome: answer === null ? 'lost' : 'kept' }
      await state.set(key, JSON.stringify(settled), this.#ttlMs)
    } catch (thrown) {
      log.warn({ err: thrown }, 'the answer for an idempotency key could not be kept')
    }
  }

  /** The answer that a mark stands for; undefined where the store has dropped it. */
  async find(mark: Mark): Promise<KeptAnswer | undefined> {
    const text = await this.#parts.state.get(answerKey(mark))
    return text === undefined ? undefined : readAnswer(text)
  }

  #freeLater(): void {
    this.#parts.clock.after(waiting.pauseMs, () => void this.#freeWaiting())
  }

  async #freeWaiting(): Promise<void> {
    this.#timesLeft -= 1
    for (const entry of this.#unfreed) {
      if (!await this.#freed(entry)) break
      this.#unfreed.delete(entry)
    }
    if (this.#unfreed.size > 0 && this.#timesLeft > 0) return this.#freeLater()
    this.#timesLeft = 0
    this.#unfreed.clear()
  }

  /** Takes the mark back unless another has taken its place; false where the store cannot be asked. */
  async #freed({ key, mark }: Entry): Promise<boolean> {
    const { state } = this.#parts
    try {
      if (await state.get(key) === JSON.stringify(mark)) await state.delete(key)
      return true
    } catch {
      return false
    }
  }
}

function answerKey({ by }: Mark): string {
  return `idempotency-answer:${by}`
}
