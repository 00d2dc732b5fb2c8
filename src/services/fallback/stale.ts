import type { HeaderMap } from '../../headers.ts'
import { PassingSink } from '../passing-sink.ts'
import type { Call, CallFailure, CallHead, Dispatch, Flow, Sink } from '../service.ts'
import type { Collection } from './collection.ts'
import { keyOf } from './key.ts'
import type { LastGood } from './last-good.ts'
import { give, type Substitute } from './substitute.ts'

/** Remembers the good answers to GETs while they go to their clients. */
export function keepGood(next: Dispatch, good: LastGood): Dispatch {
  return (call, context, sink) => {
    if (call.method !== 'GET' || call.body !== null || asksNot(call.headers)) return next(call, context, sink)
    next(call, context, new KeepingSink(sink, (headers) => good.collect(keyOf(call, context), headers)))
  }
}

/** Answers GET and HEAD with what the service said when it last answered the same GET. */
export function fromGood(good: LastGood): Substitute {
  return (call, context, sink) => {
    const kept = rememberable(call) ? good.find(keyOf(call, context)) : undefined
    if (kept === undefined) return false
    give(sink, call, { status: 200, headers: kept.headers }, kept.body)
    return true
  }
}

function rememberable({ method, body }: Call): boolean {
  return (method === 'GET' || method === 'HEAD') && body === null
}

const asksNot = (headers: HeaderMap) => hasDirective(headers['cache-control'], 'no-store')

/**
 * Whether an answer may be given again. One that sets a cookie was made for one session, and one that varies with
 * everything for one moment (RFC 9110 section 12.5.5).
 */
function isGood({ status, headers }: CallHead): boolean {
  return status === 200 && headers['set-cookie'] === undefined
    && !hasDirective(headers['cache-control'], 'no-store') && !hasDirective(headers['vary'], '*')
}

function hasDirective(value: string | string[] | undefined, directive: string): boolean {
  return String(value ?? '').split(',').some((item) => item.trim().toLowerCase() === directive)
}

class KeepingSink extends PassingSink {
  readonly #collect: (headers: HeaderMap) => Collection
  #collection: Collection | undefined

  constructor(sink: Sink, collect: (headers: HeaderMap) => Collection) {
    super(sink)
    this.#collect = collect
  }

  override head(head: CallHead, flow: Flow): void {
    super.head(head, flow)
    if (isGood(head)) this.#collection = this.#collect(head.headers)
  }

  override data(chunk: Buffer): void {
    super.data(chunk)
    this.#collection?.add(chunk)
  }

  override end(trailers?: HeaderMap): void {
    super.end(trailers)
    this.#collection?.finish()
  }

  override fail(failure: CallFailure): void {
    this.#collection?.drop()
    super.fail(failure)
  }
}
