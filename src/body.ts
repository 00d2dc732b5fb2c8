import { IncomingMessage } from 'node:http'
import { Transform, type Readable, type TransformCallback } from 'node:stream'
import { SluiceError } from './errors.ts'
import type { Exchange } from './exchange.ts'

/** Whether a request announces a body (RFC 9112 section 6.3). */
export function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length']
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

/**
 * Why a message's end can't be relied on, although Node's parser found one: a version or a transfer coding that
 * others on the way would understand differently (RFC 9112 sections 2.3 and 6.1). Such a connection ends.
 */
export function refuseFraming(request: IncomingMessage): SluiceError | undefined {
  const coding = request.headers['transfer-encoding']
  // HTTP/2 frames its messages itself; only the HTTP/1 parser makes an `IncomingMessage`.
  const known = !(request instanceof IncomingMessage) || request.httpVersion === '1.1' || request.httpVersion === '1.0'
  if (known && (coding === undefined || (coding.toLowerCase() === 'chunked' && request.httpVersion !== '1.0'))) return undefined
  const sentence = known
    ? 'The Transfer-Encoding cannot be relied on; send "chunked" alone over HTTP/1.1, or a Content-Length.'
    : 'The HTTP version is not one that this connection speaks.'
  return new SluiceError('BAD_REQUEST', sentence, { headers: { connection: 'close' } })
}

/** The body, which errs with BODY_TOO_LARGE once it is larger than `limit` bytes; `watch` sees what is read of it. */
export function limitBody(request: IncomingMessage, limit: number, watch?: Exchange['watchBody']): Readable {
  const declared = Number(request.headers['content-length'])
  if (declared > limit) throw tooLarge(limit)
  // The parser holds a body to its declared length, so only one of unknown length has to be counted.
  const counts = limit !== Infinity && !(declared <= limit)
  return counts || watch !== undefined ? new CountedBody(request, limit, watch) : request
}

/** Reads a body whole, into memory; what breaks it off is told, CLIENT_GONE where that is its end. Only the first word counts. */
export function gatherBody(body: Readable, done: (whole: Buffer) => void, failed: (reason: unknown) => void): void {
  const chunks: Buffer[] = []
  body.on('data', (chunk: Buffer) => chunks.push(chunk))
  body.once('end', () => done(wholeOf(chunks)))
  body.once('error', failed)
  body.once('close', () => {
    // Every body closes, and an error is dear to make.
    if (!body.readableEnded) failed(new SluiceError('CLIENT_GONE', 'The request broke off before it was complete.'))
  })
}

/** The chunks as one; most bodies come in one piece, which needs no copy. */
export function wholeOf(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)
}

/**
 * A body that is counted while it is read. None of it is taken before somebody reads it, who can then hear of an error;
 * what goes wrong when nobody reads any more must not end the process.
 */
class CountedBody extends Transform {
  readonly #source: Readable
  readonly #limit: number
  readonly #watch: Exchange['watchBody']
  #begun = false
  #bytes = 0

  constructor(source: Readable, limit: number, watch: Exchange['watchBody']) {
    super()
    this.#source = source
    this.#limit = limit
    this.#watch = watch
    this.on('error', () => undefined)
  }

  override _read(size: number): void {
    super._read(size)
    if (this.#begun) return
    this.#begun = true
    this.#source.pipe(this)
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#bytes += chunk.length
    if (this.#bytes > this.#limit) return done(tooLarge(this.#limit))
    this.#watch?.(chunk)
    done(null, chunk)
  }

  override _flush(done: TransformCallback): void {
    this.#watch?.(null)
    done()
  }
}

function tooLarge(limit: number): SluiceError {
  return new SluiceError('BODY_TOO_LARGE', `The body is larger than the ${limit} bytes that this route takes.`)
}
