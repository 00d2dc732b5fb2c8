import type { IncomingMessage, ServerResponse } from 'node:http'
import { hasBody } from '../body.ts'
import type { Clock } from '../clock.ts'
import type { ListenerSettings } from '../config/schema.ts'
import { SluiceError } from '../errors.ts'
import type { Upload } from './upload.ts'

type UploadRequest = IncomingMessage & Upload

interface Watched {
  readonly request: UploadRequest
  readonly response: ServerResponse
  since: number
  received: number
  /** Whether the client was held back when the window began. */
  held: boolean
}

/**
 * Ends uploads that are slower than a listener takes. A request's `late` event tells whoever serves it; where nobody
 * can answer any more, the answer is cut. One timer serves all uploads, so each is judged after one to two windows.
 */
export class BodyRate {
  readonly #uploads = new Map<UploadRequest, Watched>()
  readonly #windowMs: number
  readonly #rate: number
  readonly #clock: Clock
  #stop: (() => void) | undefined

  constructor({ rate, window }: ListenerSettings['uploads'], clock: Clock) {
    this.#windowMs = window
    this.#rate = rate
    this.#clock = clock
  }

  /** Watches a request's body, if it has one; a client that waits for the word to go on isn't slow. */
  watch(request: UploadRequest, response: ServerResponse): void {
    if (this.#rate === 0 || !hasBody(request)) return
    if (request.headers.expect === undefined) return this.#add(request, response)
    const proceed = response.writeContinue.bind(response)
    response.writeContinue = (...told) => {
      this.#add(request, response)
      proceed(...told)
    }
  }

  close(): void {
    this.#stop?.()
    this.#uploads.clear()
  }

  #add(request: UploadRequest, response: ServerResponse): void {
    this.#uploads.set(request, { request, response, since: this.#clock.now(), received: request.received, held: false })
    response.once('close', () => {
      if (isOver(request)) this.#uploads.delete(request)
    })
    this.#stop ??= this.#clock.after(this.#windowMs, () => this.#sweep())
  }

  #sweep(): void {
    for (const upload of this.#uploads.values()) this.#judge(upload)
    this.#stop = this.#uploads.size === 0 ? undefined : this.#clock.after(this.#windowMs, () => this.#sweep())
  }

  #judge(upload: Watched): void {
    const { request, since, received, held } = upload
    if (isOver(request)) return void this.#uploads.delete(request)
    const now = this.#clock.now()
    if (now - since < this.#windowMs) return
    const waiting = request.readableLength > 0 || !request.awaited
    const excused = held || waiting || request.held
    const slow = (request.received - received) * 1000 < this.#rate * (now - since)
    Object.assign(upload, { since: now, received: request.received, held: waiting })
    request.held = false
    if (slow && !excused) this.#end(upload)
  }

  #end({ request, response }: Watched): void {
    this.#uploads.delete(request)
    const error = new SluiceError('REQUEST_TIMEOUT', `The body came slower than ${this.#rate} bytes a second.`, {
      headers: { connection: 'close' },
    })
    if (!response.headersSent && request.emit('late', error)) return
    if (response.writableFinished) request.destroy()
    else response.destroy()
  }
}

function isOver(request: UploadRequest): boolean {
  return request.complete || request.destroyed
}
