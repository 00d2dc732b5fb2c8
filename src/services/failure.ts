import { errors } from 'undici'
import { SluiceError, asSluiceError } from '../errors.ts'
import type { Reached } from './service.ts'

const timeouts = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'])
const resets = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE', 'UND_ERR_CLOSED', 'UND_ERR_DESTROYED'])

/** Names what went wrong without saying where the service is; the cause stays for the log. */
export function failureOf(thrown: unknown, reached: Reached): SluiceError {
  if (thrown instanceof SluiceError) return thrown
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  if (timeouts.has(code)) return new SluiceError('SERVICE_TIMEOUT', 'No connection could be opened in time.', { cause: thrown })
  if (resets.has(code)) {
    return new SluiceError('SERVICE_RESET', 'The service closed the connection before its answer was complete.', { cause: thrown })
  }
  if (reached === 'answered' && code === '') return asSluiceError(thrown)
  if (reached === 'answered' || thrown instanceof errors.HTTPParserError) {
    return new SluiceError('SERVICE_ANSWER_INVALID', "The service's answer is not well-formed HTTP.", { cause: thrown })
  }
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH') {
    return new SluiceError('BAD_REQUEST', 'The request cannot be sent on: its body or a header does not fit.', { cause: thrown })
  }
  return new SluiceError('SERVICE_UNREACHABLE', 'No connection to the service could be opened.', { cause: thrown })
}
