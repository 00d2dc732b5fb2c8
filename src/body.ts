import type { IncomingMessage } from 'node:http'
import { Transform, type Readable } from 'node:stream'
import { SluiceError } from './errors.ts'

/** Whether a request announces a body (RFC 9112 section 6.3). */
export function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length']
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

/** The body, which errs with BODY_TOO_LARGE once it is larger than `limit` bytes. */
export function limitBody(request: IncomingMessage, limit: number): Readable {
  const declared = Number(request.headers['content-length'])
  // The parser holds a body to its declared length, so only one of unknown length has to be counted.
  if (limit === Infinity || declared <= limit) return request
  if (declared > limit) throw tooLarge(limit)
  return request.pipe(counter(limit))
}

function counter(limit: number): Transform {
  let bytes = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes <= limit) done(null, chunk)
      else done(tooLarge(limit))
    },
  })
}

function tooLarge(limit: number): SluiceError {
  return new SluiceError('BODY_TOO_LARGE', `The body is larger than the ${limit} bytes that this route takes.`)
}
