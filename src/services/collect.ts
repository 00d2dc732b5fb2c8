import { wholeOf } from '../body.ts'
import { SluiceError } from '../errors.ts'
import type { Call, CallContext, CallFailure, CallHead, Flow, Service, Sink } from './service.ts'

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
    service.dispatch(call, context, new CollectingSink(service.name, maxBytes, resolve, reject))
  })
}

class CollectingSink implements Sink {
  readonly #service: string
  readonly #maxBytes: number
  readonly #done: (answer: CollectedAnswer) => void
  readonly #failed: (error: SluiceError) => void
  readonly #chunks: Buffer[] = []
  #head: CallHead = { status: 0, headers: {} }
  #flow: Flow | undefined
  #bytes = 0
  #over = false

  constructor(service: string, maxBytes: number, done: (answer: CollectedAnswer) => void, failed: (error: SluiceError) => void) {
    this.#service = service
    this.#maxBytes = maxBytes
    this.#done = done
    this.#failed = failed
  }

  head(head: CallHead, flow: Flow): void {
    this.#head = head
    this.#flow = flow
  }

  data(chunk: Buffer): void {
    if (this.#over) return
    this.#bytes += chunk.length
    this.#chunks.push(chunk)
    if (this.#bytes <= this.#maxBytes) return
    this.#over = true
    const detail = `The service "${this.#service}" answered with more than ${this.#maxBytes} bytes.`
    this.#failed(new SluiceError('SERVICE_ANSWER_INVALID', detail, { extensions: { service: this.#service } }))
    this.#chunks.length = 0
    this.#flow?.stop(new SluiceError('CLIENT_GONE', 'The answer is not wanted.'))
  }

  end(): void {
    if (!this.#over) this.#done({ ...this.#head, body: wholeOf(this.#chunks) })
  }

  fail({ error }: CallFailure): void {
    if (!this.#over) this.#failed(error)
  }
}
