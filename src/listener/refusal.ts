import type { IncomingMessage } from 'node:http'
import type { ListenerSettings } from '../config/schema.ts'
import { SluiceError, toProblem, type ErrorCode } from '../errors.ts'

type Limits = ListenerSettings['limits']

/** Why a request is larger than a listener takes, if it is. */
export function refusalOf({ url = '', rawHeaders }: IncomingMessage, limits: Limits): SluiceError | undefined {
  if (url.length > limits.url) {
    return new SluiceError('URI_TOO_LONG', `The path and query are longer than the ${limits.url} bytes that are taken here.`)
  }
  if (rawHeaders.length > 2 * limits.headers) {
    return new SluiceError('HEADERS_TOO_LARGE', `The request has more than the ${limits.headers} header fields that are taken here.`)
  }
  return undefined
}

/** The whole answer to what is not HTTP/1.1 enough to become an exchange; the connection ends after it. */
export function garbageAnswer(parserCode: string | undefined, { head }: Limits): string {
  const [code, sentence] = meaningOf(parserCode, head)
  const { status, body } = toProblem(new SluiceError(code, sentence), 'unread')
  const lines = [
    `HTTP/1.1 ${status} ${code}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  return `${lines.join('\r\n')}\r\n\r\n${body.toString()}`
}

function meaningOf(code: string | undefined, head: number): [ErrorCode, string] {
  if (code === 'HPE_HEADER_OVERFLOW') return ['HEADERS_TOO_LARGE', `The request line and headers are larger than ${head} bytes.`]
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return ['REQUEST_TIMEOUT', 'The request headers did not arrive in time.']
  return ['BAD_REQUEST', 'The request is not well-formed HTTP/1.1.']
}
