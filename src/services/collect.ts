import { SluiceError } from '../errors.ts'
import { LinkedAbort } from './linked-abort.ts'
import type { Call, CallContext, CallHead, Service, Sink } from './service.ts'

/** A whole answer of a service. */
export interface CollectedAnswer extends CallHead {
  readonly body: Buffer
}

/**
 * Sends a call and collects its whole answer. Rejects with the call's own error, or with SERVICE_ANSWER_INVALID when
 * the body has more than `maxBytes`; the call is then given up.
 */
export function collect(
  service: Service, call: Call, context: CallContext, { maxBytes }: { maxBytes: number },
): Promise<CollectedAnswer> {
  return new Promise((resolve, reject) => {
    const giveUp = new LinkedAbort(context.signal)
    const settle = (finish: () => void) => {
      giveUp.letGo()
      finish()
    }
    const sink = collectingSink(service.name, maxBytes, {
      done: (answer) => settle(() => resolve(answer)),
      failed: (error) => settle(() => reject(error)),
      tooLarge: () => giveUp.abort(new SluiceError('CLIENT_GONE', 'The answer is not wanted.')),
    })
    service.dispatch(call, { ...context, signal: giveUp.signal }, sink)
  })
}

interface Outcome {
  done(answer: CollectedAnswer): void
  failed(error: SluiceError): void
  tooLarge(): void
}

function collectingSink(service: string, maxBytes: number, outcome: Outcome): Sink {
  let head: CallHead = { status: 0, headers: {} }
  let chunks: Buffer[] = []
  let bytes = 0
  let over = false
  return {
    head: (given) => void (head = given),
    data(chunk) {
      if (over) return
      bytes += chunk.length
      if (bytes <= maxBytes) return void chunks.push(chunk)
      over = true
      chunks = []
      const detail = `The service "${service}" answered with more than ${maxBytes} bytes.`
      outcome.failed(new SluiceError('SERVICE_ANSWER_INVALID', detail, { extensions: { service } }))
      outcome.tooLarge()
    },
    end: () => over ? undefined : outcome.done({ ...head, body: wholeOf(chunks) }),
    fail: ({ error }) => over ? undefined : outcome.failed(error),
  }
}

/** Most answers come in one piece, which needs no copy. */
function wholeOf(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)
}
