import type { Clock } from '../../clock.ts'
import type { ConcurrencySettings } from '../../config/schema.ts'
import { SluiceError, asSluiceError } from '../../errors.ts'
import type { ServiceMetrics } from '../../telemetry/service-metrics.ts'
import type { CallContext } from '../service.ts'
import { AdaptiveLimit } from './adaptive.ts'
import { Queue, type Turn } from './queue.ts'

/** How a call's work ended, as far as it says how the service keeps up. */
export type Work = 'answered' | 'dropped' | 'neither'

/**
 * A wait in an overflowing queue is useful up to half of the usual answer time, and up to so many ms in any
 * case.
 */
const usefulShare = 0.5
const usefulAnyway = 20

/** How far the usual answer time goes towards each answer's. */
const smoothing = 0.05

/** A refusal says nothing of its call, so one serves for all. */
const busy = new SluiceError('SERVICE_BUSY', 'The service has all the calls that it can take; try again soon.', {
  headers: { 'retry-after': '1' },
})

/**
 * How many calls a service works on at a time, and the queue of those that wait for a place. In shadow every
 * call gets one; what finds all places and the whole queue taken is counted.
 */
export class Limiter {
  readonly #service: string
  readonly #settings: ConcurrencySettings
  readonly #clock: Clock
  readonly #metrics: ServiceMetrics
  readonly #adaptive: AdaptiveLimit | undefined
  readonly #queue: Queue
  /** As the metrics have it. */
  #limit: number
  #working = 0
  #serving = false
  #closed = false
  /** Mean time to an answer's head, in ms. */
  #usual: number | undefined

  constructor(
    service: string, settings: ConcurrencySettings, parts: { clock: Clock; metrics: ServiceMetrics },
  ) {
    this.#service = service
    this.#settings = settings
    this.#clock = parts.clock
    this.#metrics = parts.metrics
    this.#adaptive = settings.adaptive ? new AdaptiveLimit(settings.max, parts.clock) : undefined
    this.#queue = new Queue(settings.queue, parts.clock)
    this.#limit = this.limit
    this.#metrics.workingLimit.inc({ service }, this.#limit)
  }

  /** How many calls may be at work now. */
  get limit(): number {
    return this.#adaptive?.current ?? this.#settings.max
  }

  /** How many calls the service works on. */
  get working(): number {
    return this.#working
  }

  /** How many calls wait for a place. */
  get waiting(): number {
    return this.#queue.length
  }

  /**
   * Gives a call its turn: now, when there is room, or never. The call says itself when it begins to count.
   */
  admit(context: CallContext, turn: { start(): void; fail(error: SluiceError): void }): void {
    if (this.#settings.mode === 'shadow') {
      if (this.#working >= this.limit + this.#settings.queue) this.#wouldRefuse(context)
      return turn.start()
    }
    if (this.#queue.length === 0 && this.#working < this.limit) return turn.start()
    const waiting: Turn = {
      start: () => turn.start(),
      refuse: () => {
        this.#metrics.queueRefusals.inc({ service: this.#service, mode: 'enforce' })
        turn.fail(busy)
      },
      abandon: (reason) => turn.fail(reason),
    }
    if (context.signal.aborted) waiting.abandon(asSluiceError(context.signal.reason))
    else if (!this.#queue.add(context, waiting)) waiting.refuse()
  }

  /** The service begins to work on a call; gives the time, for `end`. */
  begin(): number {
    this.#working += 1
    this.#metrics.working.inc({ service: this.#service })
    return this.#clock.elapsed()
  }

  /** The service's work on a call that began at `begun` is over: whoever waits may have its place. */
  end(begun: number, work: Work): void {
    if (work === 'answered') this.#note(this.#clock.elapsed() - begun)
    if (work === 'answered') this.#adaptive?.answered(begun, this.#working)
    if (work === 'dropped') this.#adaptive?.dropped(this.#working)
    this.#working -= 1
    this.#metrics.working.dec({ service: this.#service })
    this.#tellLimit()
    this.#serve()
  }

  /** Takes its limit out of the metrics; another limiter of the service may go on. */
  close(): void {
    this.#closed = true
    this.#metrics.workingLimit.dec({ service: this.#service }, this.#limit)
  }

  /**
   * A call that fails at once frees its place while it is given it, and must not serve the next from within.
   */
  #serve(): void {
    if (this.#serving) return
    this.#serving = true
    try {
      while (this.#working < this.limit) {
        const turn = this.#queue.next(Math.max(usefulAnyway, (this.#usual ?? Infinity) * usefulShare))
        if (turn === undefined) return
        turn.start()
      }
    } finally {
      this.#serving = false
    }
  }

  #note(ms: number): void {
    this.#usual = this.#usual === undefined ? ms : this.#usual + (ms - this.#usual) * smoothing
  }

  #tellLimit(): void {
    if (this.#closed || this.limit === this.#limit) return
    this.#metrics.workingLimit.inc({ service: this.#service }, this.limit - this.#limit)
    this.#limit = this.limit
  }

  #wouldRefuse({ facts }: CallContext): void {
    this.#metrics.queueRefusals.inc({ service: this.#service, mode: 'shadow' })
    facts?.shadow.push('concurrency')
  }
}
