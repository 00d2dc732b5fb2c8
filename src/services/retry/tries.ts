import type { Clock } from '../../clock.ts'
import { SluiceError, asSluiceError } from '../../errors.ts'
import type { Call, CallContext, CallFailure, CallHead, Dispatch, Reached, Sink } from '../service.ts'
import type { Target } from '../targets/target.ts'
import type { RetryBudget } from './budget.ts'
import type { HedgeDelay } from './hedge.ts'
import { retryAfterMs, type RetryReason, type RetryRule } from './rule.ts'
import { Try, type Attempt } from './try.ts'

export interface TryParts {
  /** Sends the call to one target. */
  readonly attempt: Attempt
  /** Most tries of one call. */
  readonly attempts: number
  readonly rule: RetryRule
  /** Wait before the nth retry, in ms. */
  readonly backoff: (retry: number) => number
  readonly hedge: HedgeDelay
  readonly budget: RetryBudget
  readonly clock: Clock
  /** Counts a try by why it is made. */
  tried(reason: RetryReason | 'first' | 'hedge'): void
  /** Counts a retry that was due and is not made. */
  refused(why: 'budget' | 'time'): void
}

/**
 * Makes a call in as many tries as it may take: again after a failure that its rule allows, with a wait between, and
 * a second time beside the first where that is slow. The first usable answer wins; nothing is tried once it began.
 */
export function withTries(parts: TryParts): Dispatch {
  return (call, context, sink) => new Tries(parts, call, context, sink).start()
}

/** Longest wait for a retry, in ms, whatever a service asks for and however much time there is. */
const longestWait = 60_000

const none: ReadonlySet<Target> = new Set()

const distance: Readonly<Record<Reached, number>> = { 'not-sent': 0, sent: 1, answered: 2 }

class Tries {
  readonly #parts: TryParts
  readonly #call: Call
  readonly #context: CallContext
  readonly #sink: Sink
  readonly #open: Try[] = []
  #made = 0
  #retries = 0
  /** Tries that do not count: a closed connection that is met once is nobody's failure. */
  #free = 0
  #furthest: Reached = 'not-sent'
  #winner: Try | undefined
  #stopWaiting: (() => void) | undefined
  #stopHedge: (() => void) | undefined

  constructor(parts: TryParts, call: Call, context: CallContext, sink: Sink) {
    this.#parts = parts
    this.#call = call
    this.#context = context
    this.#sink = sink
  }

  start(): void {
    const { budget, hedge, clock } = this.#parts
    budget.call()
    const delay = hedge(this.#call)
    if (delay !== undefined) this.#stopHedge = clock.after(delay, () => this.#hedge())
    this.#try('first')
  }

  #try(reason: RetryReason | 'first' | 'hedge', tried = none): void {
    const { facts } = this.#context
    this.#made += 1
    if (facts !== undefined) facts.attempts = this.#made
    this.#parts.tried(reason)
    const own = new Try(this.#sink, this, tried)
    this.#open.push(own)
    this.#parts.attempt(this.#call, this.#context, own)
  }

  #hedge(): void {
    const { attempts, budget } = this.#parts
    const [first] = this.#open
    if (first === undefined || this.#winner !== undefined || this.#made - this.#free >= Math.max(2, attempts)) return
    if (!budget.take()) return this.#parts.refused('budget')
    if (this.#context.facts !== undefined) this.#context.facts.hedged = true
    this.#try('hedge', first.visited)
  }

  /** Whether the head of this try goes on to the client; otherwise its answer is thrown away. */
  answered(own: Try, head: CallHead): boolean {
    if (this.#winner !== undefined) return false
    this.#furthest = 'answered'
    const reason = this.#parts.rule.afterStatus(this.#call, head.status)
    if (reason !== undefined) {
      const wait = retryAfterMs(head.headers, this.#parts.clock.now())
      if (this.#close(own) > 0 || this.#again(reason, wait, own)) return false
    }
    this.#win(own)
    return true
  }

  /** A try that has no answer ended; true where that is the end of the call. */
  failed(own: Try, failure: CallFailure): void {
    if (this.#winner !== undefined) return
    if (distance[failure.reached] > distance[this.#furthest]) this.#furthest = failure.reached
    if (this.#close(own) > 0) return
    const reason = this.#parts.rule.afterFailure(this.#call, failure)
    if (reason !== undefined && this.#again(reason, 0, own)) return
    this.#finish(own, failure.error)
  }

  /** The service has switched protocols. */
  upgraded(own: Try): void {
    this.#win(own)
  }

  #win(own: Try): void {
    this.#winner = own
    this.#note(own)
    this.#stopHedge?.()
    for (const other of this.#open) {
      if (other !== own) other.cancel(new SluiceError('CLIENT_GONE', 'Another try answered first.'))
    }
  }

  #finish(own: Try, error: SluiceError): void {
    this.#stopHedge?.()
    this.#note(own)
    this.#sink.fail({ error, reached: this.#furthest })
  }

  #note({ target, breaker }: Try): void {
    const { facts } = this.#context
    if (facts !== undefined) Object.assign(facts, { target: target?.name ?? null, breaker })
  }

  /** Takes a try off those that may still answer, and says how many are left. */
  #close(own: Try): number {
    const index = this.#open.indexOf(own)
    if (index !== -1) this.#open.splice(index, 1)
    return this.#open.length
  }

  /** Tries again, if attempts, time and budget allow it. */
  #again(reason: RetryReason, atLeastMs: number, own: Try): boolean {
    const { attempts, backoff, budget, clock } = this.#parts
    const free = reason === 'stale' && this.#free === 0
    if ((!free && this.#made - this.#free >= attempts) || this.#context.signal.aborted) return false
    const wait = free ? 0 : Math.max(backoff(this.#retries + 1), atLeastMs)
    if (wait > longestWait || clock.elapsed() + wait >= this.#context.deadline) return this.#refuse('time')
    if (!budget.take()) return this.#refuse('budget')
    if (free) this.#free += 1
    else this.#retries += 1
    // The target of a closed connection is as good as any.
    const visited = free ? own.tried : own.visited
    if (wait === 0) this.#try(reason, visited)
    else this.#wait(wait, own, () => this.#try(reason, visited))
    return true
  }

  #refuse(why: 'budget' | 'time'): false {
    this.#parts.refused(why)
    return false
  }

  #wait(ms: number, own: Try, then: () => void): void {
    const { signal } = this.#context
    const onAbort = () => {
      this.#stopWaiting?.()
      this.#finish(own, asSluiceError(signal.reason))
    }
    const stop = this.#parts.clock.after(ms, () => {
      signal.removeEventListener('abort', onAbort)
      then()
    })
    this.#stopWaiting = stop
    signal.addEventListener('abort', onAbort, { once: true })
  }
}
