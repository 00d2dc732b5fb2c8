import type { Clock } from './clock.ts'

/** How much the process has to do, over all its gateways: during a reload there are two. */
export interface Load {
  /** Exchanges being answered now. A WebSocket is one until it is open: one that is idle is no work. */
  readonly inFlight: number
  /** How late the process gets to what is due, in ms: its event loop's delay, smoothed. */
  readonly delay: number
  /** An exchange begins; the function that it gives ends it, and does nothing the second time. */
  begin(): () => void
}

/** How often the delay is measured, in ms; it is measured less often the longer it is. */
const period = 50

/** How far the delay goes towards each measurement. */
const smoothing = 0.3

/**
 * The process's own load. The event loop's delay is how much later than asked a timer comes. Of the last
 * three measurements the middle one counts, so that a single pause, such as for garbage or a reload, is no
 * overload.
 */
export class ProcessLoad implements Load {
  readonly #clock: Clock
  readonly #lately: [number, number] = [0, 0]
  #inFlight = 0
  #delay = 0
  #stop: () => void = () => undefined

  constructor(clock: Clock) {
    this.#clock = clock
    this.#measure()
  }

  get inFlight(): number {
    return this.#inFlight
  }

  get delay(): number {
    return this.#delay
  }

  begin(): () => void {
    this.#inFlight += 1
    let under = true
    return () => {
      if (under) this.#inFlight -= 1
      under = false
    }
  }

  close(): void {
    this.#stop()
  }

  #measure(): void {
    const due = this.#clock.elapsed() + period
    this.#stop = this.#clock.after(period, () => {
      this.#note(Math.max(0, this.#clock.elapsed() - due))
      this.#measure()
    })
  }

  #note(delay: number): void {
    const [first, second] = this.#lately
    const middle = Math.max(Math.min(first, second), Math.min(Math.max(first, second), delay))
    this.#delay += (middle - this.#delay) * smoothing
    this.#lately[0] = second
    this.#lately[1] = delay
  }
}
