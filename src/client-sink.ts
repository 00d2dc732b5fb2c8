import { PassThrough, type Readable } from 'node:stream'
import { hasBody } from './body.ts'
import { SluiceError, toProblem, type Answer } from './errors.ts'
import { endToEnd } from './hop-by-hop.ts'
import type { HttpExchange } from './incoming.ts'
import type { AnswerHead, PolicySteps } from './policy.ts'
import type { CallFailure, CallHead, Flow, Sink } from './services/service.ts'

/** A body that is drained although an answer goes out before it was read; a larger one costs the connection, in bytes. */
const drained = 65_536

/**
 * The way back to the client: runs the answer steps of the policies that the exchange passed, in reverse, and writes
 * head and chunks to the socket with backpressure. An answer that is cut short destroys the connection, so that it
 * never looks complete.
 */
export class ClientSink implements Sink {
  readonly #exchange: HttpExchange
  readonly #steps: readonly PolicySteps[]
  #body: PassThrough | undefined
  #pause: () => void = () => undefined

  /** `steps` are the route's; those that the exchange has reached count. */
  constructor(exchange: HttpExchange, steps: readonly PolicySteps[]) {
    this.#exchange = exchange
    this.#steps = steps.slice(0, exchange.reached)
  }

  head(head: CallHead, flow: Flow): void {
    this.#open({ status: head.status, headers: endToEnd(head.headers) })
    const writable = this.#body ?? this.#exchange.response
    writable.on('drain', () => flow.resume())
    this.#pause = () => flow.pause()
  }

  data(chunk: Buffer): void {
    const { record, response } = this.#exchange
    if (this.#body !== undefined) {
      if (!this.#body.write(chunk)) this.#pause()
      return
    }
    record.bytes += chunk.length
    if (!response.write(chunk)) this.#pause()
  }

  end(): void {
    if (this.#body === undefined) this.#exchange.response.end()
    else this.#body.end()
  }

  fail({ error }: CallFailure): void {
    const { response, record } = this.#exchange
    if (!response.headersSent) return this.answer(error)
    record.cut = true
    record.code = error.code
    this.#body?.destroy()
    response.destroy()
  }

  /** Gives a whole answer, or the problem document of an error. */
  answer(answer: Answer | SluiceError): void {
    const { response, record, id } = this.#exchange
    if (response.headersSent || response.destroyed) return
    if (answer instanceof SluiceError) record.code = answer.code
    const whole = answer instanceof SluiceError ? toProblem(answer, id) : answer
    const body = Buffer.from(whole.body)
    const headers: AnswerHead['headers'] = { ...whole.headers }
    if (whole.status !== 204) headers['content-length'] = String(body.length)
    if (this.#leavesBody()) headers['connection'] = 'close'
    this.#open({ status: whole.status, headers })
    this.data(body)
    this.end()
  }

  #open(head: AnswerHead): void {
    const { response, record } = this.#exchange
    for (const steps of this.#steps.toReversed()) steps.answer?.(this.#exchange, head)
    record.status = head.status
    this.#body = this.#wrap()
    response.writeHead(head.status, present(head.headers))
  }

  #wrap(): PassThrough | undefined {
    const wraps = this.#steps.filter((steps) => steps.body !== undefined)
    if (wraps.length === 0) return undefined
    const { response, record } = this.#exchange
    const source = new PassThrough()
    const last = wraps.toReversed().reduce<Readable>((stream, steps) => steps.body?.(this.#exchange, stream) ?? stream, source)
    last.on('data', (chunk: Buffer) => (record.bytes += chunk.length))
    last.on('error', () => response.destroy())
    last.pipe(response)
    return source
  }

  /** A client that was not told to continue may send its body or not, so what follows could not be told apart. */
  #leavesBody(): boolean {
    const { request, bodyOpened } = this.#exchange
    if (request.complete || !hasBody(request)) return false
    if (request.headers.expect !== undefined && !bodyOpened) return true
    return !(Number(request.headers['content-length']) <= drained)
  }
}

function present(headers: AnswerHead['headers']): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) kept[name] = value
  }
  return kept
}
