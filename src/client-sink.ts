import type { ServerResponse } from 'node:http'
import { pipeline, type Transform, type Writable } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { hasBody } from './body.ts'
import { SluiceError, toProblem, type Answer } from './errors.ts'
import { present, type HeaderMap } from './headers.ts'
import { endToEnd, fallbackField } from './hop-by-hop.ts'
import type { HttpExchange } from './incoming.ts'
import type { Passed } from './passed.ts'
import type { AnswerHead } from './policy.ts'
import type { CallFailure, CallHead, Flow, Sink } from './services/service.ts'
import { announced, lateFields, takesTrailers } from './trailers.ts'

/** A body that is drained although an answer goes out before it was read; a larger one costs the connection, in bytes. */
const drained = 65_536

/** Largest body that is sent as text, in bytes: what Node writes to a socket without another copy. */
const largestText = 16_384

/**
 * The way back to the client: runs the answer steps of the policies that the exchange passed, in reverse, and writes
 * head and chunks to the socket with backpressure. An answer that is cut short destroys the connection, so that it
 * never looks complete.
 */
export class ClientSink implements Sink {
  readonly #exchange: HttpExchange
  readonly #passed: Passed
  /** What the body goes through first; without it, it goes straight to the socket. */
  #body: Transform | undefined
  /** Of the service's answer; an answer of our own has none. */
  #flow: Flow | undefined
  /** The body's length, in bytes, where the head says it. */
  #length: number | undefined
  /** A small body that came in one piece; it waits for the word that the answer is whole. */
  #whole: Buffer | undefined
  /** Fields that the service's answer keeps to its connection, among its trailers too. */
  #connection: HeaderMap['connection']
  /** Whether trailers can follow the body. */
  #trailing = false

  constructor(exchange: HttpExchange, passed: Passed) {
    this.#exchange = exchange
    this.#passed = passed
  }

  /** Early Hints go on, less all but their links; other interim answers are between the service and Sluice. */
  interim({ status, headers: { link } }: CallHead): void {
    const { request, response } = this.#exchange
    if (status !== 103 || link === undefined || request.httpVersion === '1.0' || response.headersSent) return
    try {
      response.writeEarlyHints({ link })
    } catch {
      // A link that Node refuses to write is a hint less, and no failure.
    }
  }

  head(head: CallHead, flow: Flow): void {
    const headers = endToEnd(head.headers)
    // RFC 9110 section 8.6: what has no content can't have a length.
    if (head.status === 204) headers['content-length'] = undefined
    this.#connection = head.headers['connection']
    if (head.headers['trailer'] !== undefined) headers['trailer'] = head.headers['trailer']
    if (head.fallback !== undefined) headers[fallbackField] = head.fallback
    this.#open({ status: head.status, headers })
    // Node holds the head back until there is a body; the client of a stream waits for it.
    if (headers['content-length'] === undefined) process.nextTick(flush, this.#exchange.response)
    this.#flow = flow
  }

  data(chunk: Buffer): void {
    if (this.#body !== undefined) return this.#write(this.#body, chunk)
    if (chunk.length === this.#length && chunk.length <= largestText && !this.#trailing) this.#whole = chunk
    else this.#send(chunk)
  }

  #send(chunk: Buffer): void {
    const { record, response } = this.#exchange
    record.bytes += chunk.length
    this.#write(response, chunk)
  }

  #write(writable: Writable, chunk: Buffer): void {
    if (!writable.write(chunk)) this.#hold(writable)
  }

  /** Holds the service back until the client has read what there is. */
  #hold(writable: Writable): void {
    const flow = this.#flow
    if (flow === undefined) return
    flow.pause()
    writable.once('drain', () => flow.resume())
  }

  /** Trailers may be digests of the very bytes, so they are dropped where a policy has changed them. */
  end(trailers?: HeaderMap): void {
    if (this.#body !== undefined) return void this.#body.end()
    const { response } = this.#exchange
    if (this.#whole !== undefined) return this.#endWithText(this.#whole.toString('latin1'))
    if (trailers !== undefined && this.#trailing) response.addTrailers(present(this.#late(trailers)))
    response.end()
  }

  /** As text, a byte for a character, a body leaves in one piece with the head, which costs the system half as much. */
  #endWithText(text: string): void {
    const { response, record } = this.#exchange
    record.bytes += text.length
    response.end(text, 'latin1')
  }

  /** Tells the client that its connection now speaks another protocol; the answer steps run as for any answer. */
  switchProtocols(headers: AnswerHead['headers']): void {
    const { response } = this.#exchange
    response.writeHead(101, present(this.#announce({ status: 101, headers }).headers))
    response.end()
  }

  fail({ error }: CallFailure): void {
    const { response, record } = this.#exchange
    if (!response.headersSent) return this.answer(error)
    record.cut = true
    record.code = error.code
    this.#body?.destroy()
    this.#cut()
  }

  /** Gives a whole answer, or the problem document of an error. */
  answer(answer: Answer | SluiceError): void {
    const { response, record, id } = this.#exchange
    if (response.headersSent || response.destroyed) return
    if (answer instanceof SluiceError) record.code = answer.code
    const { status, headers: own, body } = answer instanceof SluiceError ? toProblem(answer, id) : answer
    const length = Buffer.byteLength(body)
    const headers: AnswerHead['headers'] = { ...own }
    if (status !== 204 && status !== 304) headers['content-length'] = String(length)
    if (this.#leavesBody()) headers['connection'] = 'close'
    this.#open({ status, headers })
    if (typeof body === 'string' && body.length === length && this.#body === undefined) return this.#endWithText(body)
    this.data(typeof body === 'string' ? Buffer.from(body) : body)
    this.end()
  }

  #open(head: AnswerHead): void {
    this.#announce(head)
    this.#body = this.#join(head)
    this.#trailing = this.#body === undefined && takesTrailers(this.#exchange.request, head)
    if (head.headers['trailer'] !== undefined) head.headers['trailer'] = this.#announcement(head.headers['trailer'])
    this.#length = lengthOf(head.headers)
    this.#exchange.response.writeHead(head.status, present(head.headers))
  }

  /** What is left of a `Trailer` header. */
  #announcement(trailer: string | string[]): string | undefined {
    const names = this.#trailing ? Object.keys(present(this.#late(announced(trailer)))) : []
    return names.length === 0 ? undefined : names.join(', ')
  }

  /** The trailers that may go on. */
  #late(trailers: HeaderMap): HeaderMap {
    const late = lateFields(endToEnd({ ...trailers, connection: this.#connection }))
    for (const step of this.#passed.trailers) step(this.#exchange, late)
    return late
  }

  #announce(head: AnswerHead): AnswerHead {
    for (const step of this.#passed.answer) step(this.#exchange, head)
    this.#exchange.record.status = head.status
    return head
  }

  /** Leads the body through the policies' streams to the socket; where one of them fails, the answer is visibly cut. */
  #join(head: AnswerHead): Transform | undefined {
    let streams: Transform[] | undefined
    for (const step of this.#passed.body) {
      const stream = step(this.#exchange, head)
      if (stream !== undefined) (streams ??= []).push(stream)
    }
    const last = streams?.at(-1)
    if (streams === undefined || last === undefined) return undefined
    const { response, record } = this.#exchange
    last.on('data', (chunk: Buffer) => (record.bytes += chunk.length))
    pipeline([...streams, response], (error) => {
      if (error instanceof Error) this.#cut()
    })
    return streams[0]
  }

  /**
   * Breaks an answer off. Where only the connection's end delimits it, as for HTTP/1.0 clients, an orderly end would
   * make it look whole: such a connection is reset.
   */
  #cut(): void {
    const { request, response } = this.#exchange
    const { socket } = response
    const endless = request.httpVersionMajor === 1 && this.#length === undefined && !response.chunkedEncoding
    if (endless && socket !== null && !(socket instanceof TLSSocket)) socket.resetAndDestroy()
    else response.destroy()
  }

  /** A client that was not told to continue may send its body or not, so what follows could not be told apart. */
  #leavesBody(): boolean {
    const { request, awaited } = this.#exchange
    if (request.complete || !hasBody(request)) return false
    if (awaited) return true
    return !(Number(request.headers['content-length']) <= drained)
  }
}

function lengthOf(headers: HeaderMap): number | undefined {
  const length = headers['content-length']
  return length === undefined ? undefined : Number(length)
}

/** A body that came with its head has been written by now, in one piece with it. */
function flush(response: ServerResponse): void {
  if (!response.writableEnded && !response.destroyed) response.flushHeaders()
}
