import { SluiceError } from '../../errors.ts'
import { LinkedAbort } from '../linked-abort.ts'
import { PassingSink } from '../passing-sink.ts'
import type { Call, CallContext, CallFailure, CallHead, Dispatch, Flow, Sink } from '../service.ts'

/** Answers a call in a service's place; says whether it can, and then does. */
export type Substitute = (call: Call, context: CallContext, sink: Sink) => boolean

/** What stands before a sink. */
export type SinkOf = (context: CallContext, sink: Sink) => Sink

/** Statuses by which a service says that it cannot answer now. */
const unable = new Set([500, 502, 503, 504])

/** An answer that is thrown away is read to its end, which keeps the connection; a longer one, in bytes, costs it. */
const longestDiscarded = 65_536

/**
 * Lets the first of the substitutes that can answer a call that fails before its head, or that is answered with a
 * status by which a service says that it cannot. `passing` is what its own answer goes through.
 */
export function withSubstitutes(
  next: Dispatch, substitutes: readonly Substitute[], passing: SinkOf = (_context, sink) => sink,
): Dispatch {
  return (call, context, sink) => {
    const replace = () => substitutes.some((substitute) => substitute(call, context, sink))
    const guard = new Guard(passing(context, sink), context.signal, replace)
    next(call, { ...context, signal: guard.signal }, guard)
  }
}

/** Gives a whole answer that is at hand. */
export function give(sink: Sink, { method }: Call, head: CallHead, body: Buffer): void {
  sink.head(head, { pause: () => undefined, resume: () => undefined, stop: () => undefined })
  if (method !== 'HEAD' && body.length > 0) sink.data(body)
  sink.end()
}

/** Hands on what a service answers, unless a substitute answers instead: then the rest of it is thrown away. */
class Guard extends PassingSink {
  readonly #replace: () => boolean
  readonly #abort: LinkedAbort
  #state: 'open' | 'passing' | 'replaced' = 'open'
  #discarded = 0

  constructor(sink: Sink, signal: AbortSignal, replace: () => boolean) {
    super(sink)
    this.#abort = new LinkedAbort(signal)
    this.#replace = replace
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  override head(head: CallHead, flow: Flow): void {
    if (unable.has(head.status) && this.#replaced()) return
    this.#state = 'passing'
    super.head(head, flow)
  }

  override data(chunk: Buffer): void {
    if (this.#state === 'passing') return super.data(chunk)
    this.#discarded += chunk.length
    if (this.#discarded <= longestDiscarded) return
    this.#abort.abort(new SluiceError('CLIENT_GONE', 'The answer is not wanted.'))
  }

  override end(trailers?: CallHead['headers']): void {
    this.#abort.letGo()
    if (this.#state === 'passing') super.end(trailers)
  }

  override fail(failure: CallFailure): void {
    this.#abort.letGo()
    if (this.#state === 'open' && this.#isOurs(failure)) this.#replaced()
    if (this.#state !== 'replaced') super.fail(failure)
  }

  /** What the client did, its leaving above all, is not the service's failure. */
  #isOurs({ error }: CallFailure): boolean {
    return error.status >= 500 && !this.signal.aborted
  }

  #replaced(): boolean {
    if (!this.#replace()) return false
    this.#state = 'replaced'
    return true
  }
}
