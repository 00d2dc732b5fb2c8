import { Transform } from 'node:stream'
import type { Exchange } from '../exchange.ts'
import { present } from '../headers.ts'
import { endToEnd } from '../hop-by-hop.ts'
import type { AnswerHead } from '../policy.ts'
import { watchDigest } from './digest.ts'
import type { Entry, Ledger } from './ledger.ts'
import type { KeptAnswer } from './mark.ts'

/** The first request with a key, on its way: sees to it that the ledger learns how it ends, once. */
export class First {
  readonly #exchange: Exchange
  readonly #entry: Entry
  readonly #ledger: Ledger
  readonly #most: number
  readonly #bodyDigest: () => string | null
  #status = 0
  #headers: KeptAnswer['headers'] = {}
  #chunks: Buffer[] = []
  #bytes = 0
  #settled = false

  /** An answer whose body has more than `most` bytes is not kept. */
  constructor(exchange: Exchange, entry: Entry, ledger: Ledger, most: number) {
    this.#exchange = exchange
    this.#entry = entry
    this.#ledger = ledger
    this.#most = most
    this.#bodyDigest = watchDigest(exchange)
  }

  head({ status, headers }: AnswerHead): void {
    this.#status = status
    this.#headers = present(endToEnd(headers))
  }

  /** What the answer's body passes. Its end waits for the ledger, so that whoever has the answer can rely on it. */
  body(): Transform {
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        this.#collect(chunk)
        done(null, chunk)
      },
      flush: (done) => void this.#settle(this.#answer()).then(() => done()),
    })
  }

  /** The exchange is over; an answer that was not whole by now never will be. */
  end(): void {
    void this.#settle(null)
  }

  #collect(chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes > this.#most) this.#chunks = []
    else this.#chunks.push(chunk)
  }

  #answer(): KeptAnswer | null {
    if (this.#bytes > this.#most) return null
    return { status: this.#status, headers: this.#headers, body: Buffer.concat(this.#chunks) }
  }

  async #settle(answer: KeptAnswer | null): Promise<void> {
    if (this.#settled) return
    this.#settled = true
    if (nothingSent(this.#exchange)) await this.#ledger.free(this.#entry)
    else await this.#ledger.settle(this.#entry, this.#bodyDigest(), answer)
  }
}

/** Whether it is certain that no service had any of the request. A call may not be told of yet that a leaving client ended. */
function nothingSent({ record: { refused, calls }, signal }: Exchange): boolean {
  if (calls.length === 0) return refused !== null || !signal.aborted
  return calls.every(({ status, reached }) => status === null && reached === 'not-sent')
}
