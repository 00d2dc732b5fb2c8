import type { BreakerSettings } from '../../../src/config/schema.ts'
import type { BreakerState } from '../../../src/exchange.ts'

type End = 'good' | 'slow' | 'failed' | 'cancelled'

interface Seen {
  /** Which change of state it came after. */
  readonly change: number
  readonly began: number
  end?: End
  ended?: number
  /** It hung, and its place was given to another. */
  replaced?: boolean
}

/** A breaker that keeps every call there ever was, and works all out from them. */
export class NaiveBreaker {
  readonly changes: BreakerState[] = []
  readonly #settings: BreakerSettings
  readonly #now: () => number
  readonly #calls: Seen[] = []
  #changedAt = 0

  constructor(settings: BreakerSettings, now: () => number) {
    this.#settings = settings
    this.#now = now
  }

  get state(): BreakerState {
    const over = this.#now() >= this.#changedAt + this.#settings.openFor
    if (this.changes.at(-1) === 'open' && over) this.#change('half-open')
    return this.changes.at(-1) ?? 'closed'
  }

  get retryAfterMs(): number {
    if (this.state === 'open') return this.#changedAt + this.#settings.openFor - this.#now()
    if (this.state === 'closed' || this.#placed().length < this.#settings.trials) return 0
    const moved = Math.max(...this.#own().flatMap(({ began, ended }) => [began, ended ?? began]))
    return Math.max(0, moved + this.#settings.openFor - this.#now())
  }

  /** What to end the call by; null where it is refused. */
  enter(): number | null {
    if (this.retryAfterMs > 0) return null
    if (this.state === 'half-open' && this.#placed().length >= this.#settings.trials) {
      for (const call of this.#placed()) if (call.end === undefined) call.replaced = true
    }
    return this.#calls.push({ change: this.changes.length, began: this.#now() }) - 1
  }

  end(which: number, end: End): void {
    const state = this.changes.at(-1) ?? 'closed'
    const call = this.#calls[which]!
    if (call.end !== undefined) return
    Object.assign(call, { end, ended: this.#now() })
    if (call.change !== this.changes.length) return
    if (end === 'cancelled') return
    const bad = end === 'failed' || (end === 'slow' && this.#settings.slow !== undefined)
    const good = this.#own().filter((own) => own.end === 'good' || own.end === 'slow').length
    if (state === 'closed' ? this.#tooManyBad() : bad) this.#change('open')
    else if (state === 'half-open' && good >= this.#settings.trials) this.#change('closed')
  }

  #change(state: BreakerState): void {
    this.changes.push(state)
    this.#changedAt = this.#now()
  }

  /** Calls of the present state. */
  #own(): Seen[] {
    return this.#calls.filter(({ change }) => change === this.changes.length)
  }

  /** Trials that hold a place. */
  #placed(): Seen[] {
    return this.#own().filter(({ end, replaced }) =>
      end === 'good' || end === 'slow' || (end === undefined && replaced !== true))
  }

  #tooManyBad(): boolean {
    const { window, minimum, failures, slow } = this.#settings
    const bucket = (at: number) => Math.floor(at / (window / 10))
    const recent = this.#own().filter(({ end, ended }) =>
      end !== 'cancelled' && ended !== undefined && bucket(ended) > bucket(this.#now()) - 10)
    const share = (end: End) => recent.filter((call) => call.end === end).length / recent.length
    if (recent.length < minimum) return false
    const [failed, slowed] = [share('failed'), share('slow')]
    return (failed > 0 && failed >= failures) || (slow !== undefined && slowed > 0 && slowed >= slow.share)
  }
}
