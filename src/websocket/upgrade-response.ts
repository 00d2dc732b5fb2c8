import { ServerResponse, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

const ignore = () => undefined

/**
 * The answer to an upgrade request, on a socket that the server's parser has let go of. Like any other answer, it can
 * refuse; or it switches protocols, and the socket goes to whoever speaks the new one.
 */
export class UpgradeResponse extends ServerResponse {
  readonly #client: Socket
  #leave: () => void

  /** Whether the client sent data that it should have held back until the answer (RFC 6455 section 4.1). */
  early: boolean

  readonly #onData = () => {
    this.early = true
  }
  readonly #onDrain = () => this.emit('drain')
  readonly #onEnd = () => void this.#client.destroy()
  /** The listener's limit on stalled answers: silence is right while the service is awaited. */
  readonly #onTimeout = () => {
    if (this.#client.writableLength > 0) this.#client.destroy()
  }
  readonly #onFinish = () => this.#client.destroySoon()

  /** `head` is what came after the request. Throws where another answer still has the socket. */
  constructor(request: IncomingMessage, head: Buffer) {
    super(request)
    const { socket } = request
    this.#client = socket
    this.#leave = this.#onEnd
    this.early = head.length > 0
    this.shouldKeepAlive = false
    // The server took its own listeners off, and an error that nobody listens for ends the process.
    socket.on('error', ignore)
    socket.on('drain', this.#onDrain).on('end', this.#onEnd).on('data', this.#onData).on('timeout', this.#onTimeout)
    this.once('finish', this.#onFinish)
    this.assignSocket(socket)
  }

  /** Gives the socket up, once the head of the 101 is written, and emits `switch`. `leave` ends what is spoken on it from here on. */
  switchTo(leave: () => void): Socket {
    const socket = this.#client
    this.#leave = leave
    socket.off('drain', this.#onDrain).off('end', this.#onEnd).off('data', this.#onData).off('timeout', this.#onTimeout)
    this.off('finish', this.#onFinish)
    socket.setTimeout(0)
    this.detachSocket(socket)
    this.emit('switch')
    return socket
  }

  /** Ends the exchange because the gateway goes away; one that is not switched yet is broken off. */
  leave(): void {
    this.#leave()
  }
}
