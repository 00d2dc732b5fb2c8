import { CANCELLED, TIMEOUT } from 'node:dns'
import { Lookup, codeOf, isUnknown } from './lookup.ts'
import { SourceReport, type Failure } from './report.ts'
import type { Found, Source, SourceParts } from './source.ts'
import type { Endpoint } from './target.ts'

/** A lookup with all its questions may take so long, in ms. */
const longestLookup = 5000
/** Between lookups, in ms, whatever TTL the records have. */
const [shortest, longest] = [1000, 300_000]
/** Longest time between tries while lookups fail, in ms; the first comes after the shortest. */
const longestBackoff = 30_000

/** What a lookup found, and how long that holds. */
export interface Answer {
  readonly endpoints: readonly Endpoint[]
  readonly ttlMs: number
}

export interface Question {
  /** What is looked up, for the log. */
  readonly name: string
  readonly resolvers: readonly string[]
  ask(lookup: Lookup): Promise<Answer>
}

/**
 * Looks something up in DNS again and again, one lookup at a time. A lookup that finds nothing changes nothing, not
 * even where DNS answers that there is no such name: resolvers say so too when their zone or its source is broken,
 * and an outage of DNS must not become one of the service. Calls to where it was tell better whether it is there.
 */
export class Refresh implements Source {
  readonly ready: Promise<void>
  readonly #question: Question
  readonly #parts: SourceParts
  readonly #found: Found
  readonly #report: SourceReport
  #failures = 0
  #closed = false
  /** Ends what is under way: a lookup, or the wait for the next. */
  #stop: () => void = () => undefined

  constructor(question: Question, parts: SourceParts, found: Found) {
    this.#question = question
    this.#parts = parts
    this.#found = found
    this.#report = new SourceReport(question.name, parts)
    this.ready = this.#look()
  }

  close(): void {
    this.#closed = true
    this.#stop()
  }

  async #look(): Promise<void> {
    const { clock, random = Math.random } = this.#parts
    const lookup = new Lookup(this.#question.resolvers)
    const disarm = clock.after(longestLookup, () => lookup.cancel())
    this.#stop = () => {
      disarm()
      lookup.cancel()
    }
    const answer = await this.#question.ask(lookup).catch((failure: unknown) => ({ failure }))
    disarm()
    if (this.#closed) return
    const waitMs = 'failure' in answer ? this.#fail(answer.failure) : this.#take(answer)
    // Many gateways that began together need not ask together for ever.
    this.#stop = clock.after(waitMs * (1 + 0.1 * random()), () => void this.#look())
  }

  #take({ endpoints, ttlMs }: Answer): number {
    this.#failures = 0
    this.#report.found()
    this.#found(endpoints)
    return Math.min(Math.max(ttlMs, shortest), longest)
  }

  #fail(failure: unknown): number {
    this.#report.failed(resultOf(failure), [failure instanceof Error ? failure.message : String(failure)])
    return Math.min(shortest * 2 ** this.#failures++, longestBackoff)
  }
}

function resultOf(failure: unknown): Failure {
  if (isUnknown(failure)) return 'unknown'
  const code = codeOf(failure)
  return code === TIMEOUT || code === CANCELLED ? 'timeout' : 'failed'
}
