import { constants, type Http2Session, type Http2Stream } from 'node:http2'
import type { Clock } from '../clock.ts'

interface Watched {
  /** Newest stream whose headers are known to have ended. */
  ended: number
  /** Newest stream when the client was last asked whether its headers have ended. */
  asked: number
}

/**
 * Ends HTTP/2 connections on which the headers of a request begin and do not end in time. Node tells of a request only
 * when it has them whole, but of the newest stream already when they begin. A stream that it never tells of may have
 * been refused, so the client is asked with a PING: until headers end nothing else may come (RFC 9113 section 4.3), so
 * it can only be answered behind them. One timer serves all connections, so each is judged after one to two windows.
 */
export class HeadWatch {
  readonly #sessions = new Map<Http2Session, Watched>()
  readonly #windowMs: number
  readonly #clock: Clock
  #stop: (() => void) | undefined

  constructor(windowMs: number, clock: Clock) {
    this.#windowMs = windowMs
    this.#clock = clock
  }

  add(session: Http2Session): void {
    const watched = { ended: 0, asked: 0 }
    this.#sessions.set(session, watched)
    session.on('stream', ({ id = 0 }: Http2Stream) => (watched.ended = id))
    session.once('close', () => this.#sessions.delete(session))
    this.#stop ??= this.#clock.after(this.#windowMs, () => this.#sweep())
  }

  close(): void {
    this.#stop?.()
    this.#sessions.clear()
  }

  #sweep(): void {
    for (const [session, watched] of this.#sessions) this.#judge(session, watched)
    this.#stop = this.#sessions.size === 0 ? undefined : this.#clock.after(this.#windowMs, () => this.#sweep())
  }

  #judge(session: Http2Session, watched: Watched): void {
    const newest = session.state.lastProcStreamID ?? 0
    if (session.destroyed || newest <= watched.ended) return
    if (watched.asked === newest) return session.destroy(late(), constants.NGHTTP2_ENHANCE_YOUR_CALM)
    watched.asked = newest
    session.ping((error) => {
      if (error === null) watched.ended = Math.max(watched.ended, newest)
    })
  }
}

function late(): Error {
  return new Error('the headers of a request did not end in time')
}
