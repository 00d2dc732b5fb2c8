import { Http2ServerResponse, constants, type OutgoingHttpHeaders } from 'node:http2'
import type { Http2Request } from './upload.ts'

/** Fields that HTTP/2 has no place for (RFC 9113 section 8.2.2). */
const ofConnections = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'http2-settings'])

/** Statuses with which the head is the whole answer. */
const withoutContent = new Set([204, 205, 304])

/** An answer over HTTP/2 that behaves as one over HTTP/1.1: cut with `destroy`, it can't be taken for whole. */
export class Http2Response extends Http2ServerResponse<Http2Request> {
  override writeHead(status: number, ...more: (string | OutgoingHttpHeaders | readonly string[] | undefined)[]): this {
    const headers = more.find((part) => typeof part === 'object')
    super.writeHead(status, isMap(headers) ? plain(headers) : headers)
    if (!this.stream.endAfterHeaders) this.#releaseBody(status)
    return this
  }

  override addTrailers(trailers: OutgoingHttpHeaders): void {
    super.addTrailers(plain(trailers))
  }

  /** An answer that is given before the body was read would leave the client sending for nothing (section 8.1). */
  #releaseBody(status: number): void {
    const { stream } = this
    // What has content is sent once Node asks for trailers, and only then: until that the reset would cut it.
    const bodiless = this.req.method === 'HEAD' || withoutContent.has(status)
    stream.once(bodiless ? 'finish' : 'wantTrailers', () => setImmediate(() => {
      if (!this.req.complete && !stream.destroyed) stream.close(constants.NGHTTP2_NO_ERROR)
    }))
  }

  override destroy(): this {
    // Node's `close` may say that the stream ends before it resets it; `destroy` with an error only resets it.
    this.stream.destroy(new Error('the answer was cut'))
    return this
  }
}

// Node's own are missing, don't know that frames say where an answer ends, or say that an answer is finished when its stream was reset.
Object.defineProperties(Http2Response.prototype, {
  chunkedEncoding: { value: true },
  destroyed: {
    get(this: Http2Response) {
      return this.stream.destroyed || this.stream.closed
    },
  },
  writableFinished: {
    get(this: Http2Response) {
      return this.stream.writableFinished && this.stream.rstCode === constants.NGHTTP2_NO_ERROR && !this.stream.aborted
    },
  },
})

function isMap(headers: OutgoingHttpHeaders | readonly string[] | undefined): headers is OutgoingHttpHeaders {
  return headers !== undefined && !Array.isArray(headers)
}

/** Node throws on a list of values where it knows that a field has one; HTTP/1.1 would have sent them. */
function plain(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const kept: OutgoingHttpHeaders = {}
  for (const name in headers) {
    const value = headers[name]
    if (ofConnections.has(name.toLowerCase())) continue
    kept[name] = Array.isArray(value) && name.toLowerCase() !== 'set-cookie' ? value.join(', ') : value
  }
  return kept
}
