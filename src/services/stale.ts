import { PassingSink } from './passing-sink.ts'
import type { Call, CallContext, CallFailure, Dispatch, Sink } from './service.ts'

/** Methods whose repetition changes nothing (RFC 9110 section 9.2.2; RFC 10008 for QUERY). */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'QUERY', 'PROPFIND', 'REPORT', 'SEARCH'])

/**
 * Sends a call once more when the kept connection that it was sent over turned out to be closed: services close idle
 * connections at will, and that is no failure of theirs. Only once, only before any byte of an answer, and only what
 * may be repeated and can be: a streamed body is gone.
 */
export function withStaleRetry(next: Dispatch): Dispatch {
  return (call, context, sink) => {
    next(call, context, replayable(call) ? new StaleSink(next, call, context, sink) : sink)
  }
}

function replayable({ method, body }: Call): boolean {
  return idempotent.has(method) && (body === null || typeof body === 'string' || Buffer.isBuffer(body))
}

class StaleSink extends PassingSink {
  readonly #again: () => void
  readonly #signal: AbortSignal

  constructor(next: Dispatch, call: Call, context: CallContext, sink: Sink) {
    super(sink)
    this.#again = () => next(call, context, sink)
    this.#signal = context.signal
  }

  override fail(failure: CallFailure): void {
    if (failure.stale === true && !this.#signal.aborted) this.#again()
    else super.fail(failure)
  }
}
