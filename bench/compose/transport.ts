import { Pool, type Dispatcher } from 'undici'

/** Gets JSON from a service the way Sluice does: by undici's dispatch, with as little around it as there can be. */
export function buildGet(target: string): (path: string) => Promise<unknown> {
  const pool = new Pool(target, { connections: 512, allowH2: false, headersTimeout: 0, bodyTimeout: 0 })
  return (path) => new Promise((resolve, reject) => {
    pool.dispatch({ path, method: 'GET', headers: { accept: 'application/json' } }, new Collector(resolve, reject))
  })
}

class Collector implements Dispatcher.DispatchHandler {
  readonly #resolve: (value: unknown) => void
  readonly #reject: (reason: Error) => void
  readonly #chunks: Buffer[] = []
  #status = 0

  constructor(resolve: (value: unknown) => void, reject: (reason: Error) => void) {
    this.#resolve = resolve
    this.#reject = reject
  }

  onRequestStart(): void {
    // There is nothing to be given up.
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    const [first = Buffer.alloc(0), second] = this.#chunks
    const body = second === undefined ? first : Buffer.concat(this.#chunks)
    if (this.#status === 200) this.#resolve(JSON.parse(body.toString()))
    else this.#reject(new Error(`the service answered ${this.#status}`))
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#reject(error)
  }
}
