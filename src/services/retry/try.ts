import type { Duplex } from 'node:stream'
import { SluiceError } from '../../errors.ts'
import type { BreakerState } from '../../exchange.ts'
import { PassingSink } from '../passing-sink.ts'
import type { Call, CallContext, CallFailure, CallHead, Flow, Sending, Sink } from '../service.ts'
import type { Target } from '../targets/target.ts'

/** Sends a call to one target, which it notes on the try. */
export type Attempt = (call: Call, context: CallContext, sink: Try) => void

/** Whoever makes the tries, and decides what becomes of their answers. */
export interface Judge {
  answered(own: Try, head: CallHead): boolean
  failed(own: Try, failure: CallFailure): void
  upgraded(own: Try): void
}

/** An answer that is thrown away is read to its end, which keeps the connection; a longer one, in bytes, costs it. */
const longestDiscarded = 65_536

/** One try of a call: its answer goes on if it wins. */
export class Try extends PassingSink {
  /** Targets of the tries before. */
  readonly tried: ReadonlySet<Target>
  target: Target | null = null
  /** The state of the target's breaker when it was chosen. */
  breaker: BreakerState | null = null
  sending: Sending | undefined
  readonly #judge: Judge
  #state: 'open' | 'won' | 'lost' = 'open'
  #discarded = 0

  constructor(sink: Sink, judge: Judge, tried: ReadonlySet<Target>) {
    super(sink)
    this.#judge = judge
    this.tried = tried
  }

  /** The targets of the tries before and of this one. */
  get visited(): ReadonlySet<Target> {
    return this.target === null ? this.tried : new Set(this.tried).add(this.target)
  }

  cancel(reason: SluiceError): void {
    this.sending?.cancel(reason)
  }

  override interim(head: CallHead): void {
    if (this.#state === 'open') super.interim(head)
  }

  override head(head: CallHead, flow: Flow): void {
    if (this.#state !== 'open') return
    this.#state = this.#judge.answered(this, head) ? 'won' : 'lost'
    if (this.#state === 'won') super.head(head, flow)
  }

  override data(chunk: Buffer): void {
    if (this.#state === 'won') return super.data(chunk)
    this.#discarded += chunk.length
    if (this.#discarded > longestDiscarded) this.cancel(new SluiceError('CLIENT_GONE', 'The answer is not wanted.'))
  }

  override end(trailers?: CallHead['headers']): void {
    if (this.#state === 'won') super.end(trailers)
  }

  override upgrade(head: CallHead, socket: Duplex): void {
    this.#state = 'won'
    this.#judge.upgraded(this)
    super.upgrade(head, socket)
  }

  override fail(failure: CallFailure): void {
    if (this.#state === 'won') return super.fail(failure)
    if (this.#state === 'open') {
      this.#state = 'lost'
      this.#judge.failed(this, failure)
    }
  }
}
