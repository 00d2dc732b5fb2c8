import type { Duplex } from 'node:stream'
import type { Clock } from '../clock.ts'
import { closeCode } from './close-code.ts'
import type { FrameReader } from './frame-reader.ts'
import { Side } from './side.ts'

/** How long a side may take to answer a Close frame while nothing else is passed on, in ms. */
const closingTime = 10_000
/** How long the sockets may take to close when both sides have been told, in ms. */
const partingTime = 5_000

export interface TunnelSettings {
  /** Largest message in either direction, in bytes. */
  readonly maxMessage: number
  /** Longest silence of both sides, in ms. */
  readonly idle: number
}

/** Why a tunnel ended: who began it, and with which close code. */
export interface Ending {
  readonly by: 'client' | 'service' | 'gateway'
  readonly code: number
}

/**
 * Joins the sockets of a client and a service. Frames go through as they are, so messages, fragments, pings and close
 * codes arrive as they were sent; each side is held back while the other doesn't read.
 */
export class Tunnel {
  readonly #client: Side
  readonly #service: Side
  readonly #idle: number
  readonly #clock: Clock
  readonly #done: (ending: Ending) => void
  #ending: Ending | undefined
  #parting = false
  /** Sockets that are not closed yet. */
  #open = 2
  #stop: () => void = () => undefined
  #lastPassed: number

  /** `done` is called once, when both sockets are closed. */
  constructor(client: Duplex, service: Duplex, { maxMessage, idle }: TunnelSettings, clock: Clock, done: (ending: Ending) => void) {
    this.#client = new Side('client', client, maxMessage)
    this.#service = new Side('service', service, maxMessage)
    this.#idle = idle
    this.#clock = clock
    this.#done = done
    this.#lastPassed = clock.now()
    this.#listen(this.#client, this.#service)
    this.#listen(this.#service, this.#client)
    this.#watch()
  }

  /** What the client has sent. */
  get received(): FrameReader {
    return this.#client.reader
  }

  /** What the client was sent. */
  get sent(): FrameReader {
    return this.#service.reader
  }

  /** Ends the tunnel from within: both sides get the code. */
  close(code: number, reason: string): void {
    this.#note({ by: 'gateway', code })
    this.#dismiss(code, code, reason)
  }

  #listen(from: Side, to: Side): void {
    const { socket } = from
    socket.on('data', (chunk: Buffer) => this.#pass(from, to, chunk))
    socket.on('drain', () => {
      this.#lastPassed = this.#clock.now()
      to.socket.resume()
    })
    socket.on('error', () => undefined)
    socket.once('end', () => {
      if (from.reader.closed === undefined) return this.#lose(from, to)
      // It may still wait for the answer to its Close frame.
      to.socket.end()
    })
    socket.once('close', () => {
      this.#lose(from, to)
      this.#open -= 1
      if (this.#open === 0) this.#finish()
    })
    socket.resume()
  }

  #pass(from: Side, to: Side, chunk: Buffer): void {
    if (this.#parting) return
    const { reader } = from
    const frames = reader.read(chunk)
    if (frames.length === 0 && reader.violation === undefined) return
    this.#lastPassed = this.#clock.now()
    to.pass(from, frames)
    if (reader.violation !== undefined) return this.#refuse(from, reader.violation.code, reader.violation.reason)
    if (reader.closed === undefined) return
    this.#note({ by: from.name, code: reader.closed })
    if (to.reader.closed === undefined) return this.#watch()
    from.end()
    to.end()
    this.#part()
  }

  /** Tells the side that broke the rules which one; the other can't help it. */
  #refuse(from: Side, code: number, reason: string): void {
    this.#note({ by: 'gateway', code })
    if (from === this.#client) this.#dismiss(code, closeCode.goingAway, reason)
    else this.#dismiss(closeCode.internalError, code, reason)
  }

  /** A side is gone. After its Close frame that is in order; otherwise the other side has to see that it isn't. */
  #lose(from: Side, to: Side): void {
    if (this.#parting) return void from.socket.end()
    this.#note({ by: from.name, code: closeCode.abnormal })
    from.socket.end()
    if (from === this.#service) to.dismiss(from, closeCode.internalError, 'the service broke off')
    else to.end()
    this.#part()
  }

  /** Tells both sides, each with its code. */
  #dismiss(client: number, service: number, reason: string): void {
    if (this.#parting) return
    this.#client.dismiss(this.#service, client, reason)
    this.#service.dismiss(this.#client, service, reason)
    this.#part()
  }

  /** Passes nothing on any more; the sockets only have to close. */
  #part(): void {
    this.#parting = true
    this.#limit(partingTime, () => this.#cut())
  }

  /** Ends a tunnel in which nothing is passed on any more. */
  #watch(): void {
    const closing = this.#ending !== undefined
    const left = this.#lastPassed + (closing ? closingTime : this.#idle) - this.#clock.now()
    this.#limit(Math.max(left, 0), () => {
      if (this.#clock.now() - this.#lastPassed < (closing ? closingTime : this.#idle)) this.#watch()
      else if (closing) this.#cut()
      else this.close(closeCode.goingAway, 'nothing was sent for too long')
    })
  }

  #limit(ms: number, task: () => void): void {
    this.#stop()
    this.#stop = this.#clock.after(ms, task)
  }

  #cut(): void {
    this.#client.socket.destroy()
    this.#service.socket.destroy()
  }

  #note(ending: Ending): void {
    this.#ending ??= ending
  }

  #finish(): void {
    this.#stop()
    this.#done(this.#ending ?? { by: 'gateway', code: closeCode.abnormal })
  }
}
