import { Readable } from 'node:stream'
import { gatherBody } from '../body.ts'
import { asSluiceError } from '../errors.ts'
import type { Call, CallContext, Dispatch, Sink } from './service.ts'

/**
 * Holds a small request body back until it has come whole, so that the call can be made again and a slow upload costs
 * the service nothing. Bodies of more than `most` bytes, or of a length that nobody knows, go on as they come.
 */
export function withWholeBody(next: Dispatch, most: number): Dispatch {
  return (call, context, sink) => {
    const { body } = call
    if (body instanceof Readable && Number(call.headers['content-length']) <= most) gather(body, next, call, context, sink)
    else next(call, context, sink)
  }
}

function gather(body: Readable, next: Dispatch, call: Call, context: CallContext, sink: Sink): void {
  const { signal } = context
  let over = false
  const settle = (then: () => void) => {
    if (over) return
    over = true
    signal.removeEventListener('abort', onAbort)
    then()
  }
  const broken = (thrown: unknown) => settle(() => sink.fail({ error: asSluiceError(thrown), reached: 'not-sent' }))
  const onAbort = () => broken(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  gatherBody(body, (whole) => settle(() => next({ ...call, body: whole }, context, sink)), broken)
}
