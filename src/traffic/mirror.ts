import { Readable } from 'node:stream'
import type { Clock } from '../clock.ts'
import type { Call, CallContext, Dispatch, Service, Sink } from '../services/service.ts'

export interface MirrorParts {
  /** The service that gets the copies. */
  readonly to: Service
  readonly share: number
  readonly clock: Clock
  readonly random: () => number
  /** Counts a copy by its status or error code. */
  count(outcome: string): void
}

/** How much of a copy's answer is read, in bytes, and for how long, in ms, so that its connection can be kept. */
const longest = { bytes: 65_536, ms: 10_000 }

/**
 * Sends copies of calls to another service and forgets about them: nothing that happens to a copy, and no time that
 * it takes, is felt by the client. A copy has no credentials, and its service's own access rules hold.
 */
export function withMirror(next: Dispatch, parts: MirrorParts): Dispatch {
  return (call, context, sink) => {
    next(call, context, sink)
    if (call.upgrade === undefined && !(call.body instanceof Readable) && parts.random() < parts.share) copy(call, context, parts)
  }
}

function copy(call: Call, context: CallContext, parts: MirrorParts): void {
  const end = new AbortController()
  const { requestId, identity, client, asked } = context
  const apart = { requestId, identity, client, asked, credentials: {}, deadline: Infinity, signal: end.signal }
  parts.to.dispatch(call, apart, forgetting(parts, () => end.abort()))
}

function forgetting(parts: MirrorParts, giveUp: () => void): Sink {
  let stop: () => void = () => undefined
  let bytes = 0
  let counted = false
  return {
    head({ status }) {
      counted = true
      parts.count(String(status))
      stop = parts.clock.after(longest.ms, giveUp)
    },
    data(chunk) {
      bytes += chunk.length
      if (bytes > longest.bytes) giveUp()
    },
    end: () => stop(),
    fail({ error }) {
      stop()
      if (!counted) parts.count(error.code)
    },
  }
}
