import type { Duplex } from 'node:stream'
import type { Call, CallContext, CallFailure, CallHead, Dispatch, Flow, Sink } from './service.ts'

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

class StaleSink implements Sink {
  readonly #next: Dispatch
  readonly #call: Call
  readonly #context: CallContext
  readonly #sink: Sink

  constructor(next: Dispatch, call: Call, context: CallContext, sink: Sink) {
    this.#next = next
    this.#call = call
    this.#context = context
    this.#sink = sink
  }

  interim(head: CallHead): void {
    this.#sink.interim?.(head)
  }

  head(head: CallHead, flow: Flow): void {
    this.#sink.head(head, flow)
  }

  data(chunk: Buffer): void {
    this.#sink.data(chunk)
  }

  end(): void {
    this.#sink.end()
  }

  upgrade(head: CallHead, socket: Duplex): void {
    this.#sink.upgrade?.(head, socket)
  }

  fail(failure: CallFailure): void {
    if (failure.stale === true && !this.#context.signal.aborted) this.#next(this.#call, this.#context, this.#sink)
    else this.#sink.fail(failure)
  }
}
