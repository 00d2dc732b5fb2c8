import { isRecord } from '../identity/claim.ts'

/** What a key stands for. */
export interface Mark {
  /** Whose it is: no two requests have the same. */
  readonly by: string
  /** Digest of what the request asks for, less its body. */
  readonly request: string
  /** Digest of the request's body, once all of it was read. */
  readonly body: string | null
  /** `open` until it is known how the request ended; `lost` when its answer can't be given again. */
  readonly outcome: 'open' | 'kept' | 'lost'
}

/** An answer that is given again. */
export interface KeptAnswer {
  readonly status: number
  readonly headers: Record<string, string | string[]>
  readonly body: Buffer
}

/** Reads a mark. Throws where it is none, since nobody can tell what the key stands for then. */
export function readMark(text: string): Mark {
  const mark: unknown = JSON.parse(text)
  if (isMark(mark)) return mark
  throw new TypeError('an idempotency key has a value that is no mark')
}

function isMark(value: unknown): value is Mark {
  if (!isRecord(value)) return false
  const { by, request, body, outcome } = value
  return typeof by === 'string' && typeof request === 'string' && (body === null || typeof body === 'string')
    && (outcome === 'open' || outcome === 'kept' || outcome === 'lost')
}

export function writeAnswer({ status, headers, body }: KeptAnswer): string {
  return JSON.stringify({ status, headers, body: body.toString('base64') })
}

/** Reads what `writeAnswer` wrote; throws for anything else. */
export function readAnswer(text: string): KeptAnswer {
  const answer: unknown = JSON.parse(text)
  const { status, headers, body } = isRecord(answer) ? answer : {}
  if (typeof status === 'number' && isFields(headers) && typeof body === 'string') {
    return { status, headers, body: Buffer.from(body, 'base64') }
  }
  throw new TypeError('an idempotency key has a value that is no answer')
}

function isFields(value: unknown): value is KeptAnswer['headers'] {
  return isRecord(value) && Object.values(value).flat().every((text) => typeof text === 'string')
}
