import { IncomingMessage } from 'node:http'
import { Http2ServerRequest } from 'node:http2'

/** What a request tells of the body that it brings. */
export interface Upload {
  /** Bytes of body that have arrived. */
  received: number
  /** Whether the client was asked to wait since somebody last looked. */
  held: boolean
  /** Whether anybody reads the body, so that what does not come is the client's doing. */
  readonly awaited: boolean
}

/** A request over HTTP/1.1. */
export class Http1Request extends IncomingMessage implements Upload {
  received = 0
  held = false
  // What the client sends is buffered up to a limit, whether anybody reads it or not.
  readonly awaited = true

  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    if (chunk !== null) this.received += chunk.length
    const more = super.push(chunk, encoding)
    if (!more) this.held = true
    return more
  }
}

/** A request over HTTP/2, whose body errs where the client breaks off, as it does over HTTP/1.1. */
export class Http2Request extends Http2ServerRequest implements Upload {
  received = 0
  held = false
  awaited = false

  override _read(size: number): void {
    this.awaited = true
    super._read(size)
  }

  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    // Node ends the body of a stream that was reset as if it were whole.
    if (chunk === null && (this.aborted || this.stream.rstCode !== 0) && !this.readableEnded) {
      this.destroy(this.listenerCount('error') > 0 ? new Error('the client broke off') : undefined)
      return false
    }
    if (chunk !== null) this.received += chunk.length
    const more = super.push(chunk, encoding)
    if (!more) this.held = true
    return more
  }
}
