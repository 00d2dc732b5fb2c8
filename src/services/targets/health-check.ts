import type { Clock } from '../../clock.ts'
import { SluiceError } from '../../errors.ts'
import type { Target as Transport } from '../http.ts'
import type { Call, CallFailure, CallHead, Flow, Sending, Sink } from '../service.ts'
import type { HealthSettings } from './health.ts'

/** Most bytes of an answer that are read; its status has said all by then. */
const longestAnswer = 65_536

/** Asks once whether a target is well, and tells `done` so, once and unless it was given up before. */
export class HealthCheck implements Sink {
  readonly #transport: Transport
  readonly #settings: HealthSettings
  readonly #deadline: number
  readonly #done: (healthy: boolean) => void
  readonly #stopTimer: () => void
  readonly #clock: Clock
  #sending: Sending | undefined
  #healthy = false
  #flow: Flow | undefined
  #bytes = 0
  #again = false
  #over = false

  constructor(transport: Transport, settings: HealthSettings, clock: Clock, done: (healthy: boolean) => void) {
    this.#transport = transport
    this.#settings = settings
    this.#clock = clock
    this.#deadline = clock.elapsed() + settings.timeout
    this.#done = done
    this.#stopTimer = clock.after(settings.timeout, () => {
      this.#finish(false)
      this.#sending?.cancel(new SluiceError('SERVICE_TIMEOUT', 'The health check was not answered in time.'))
    })
  }

  ask(): void {
    const call: Call = {
      method: 'GET',
      path: this.#settings.path,
      headers: { 'user-agent': 'sluice', accept: '*/*' },
      body: null,
      within: this.#deadline - this.#clock.elapsed(),
    }
    this.#sending = this.#transport.send(call, this)
  }

  giveUp(): void {
    this.#over = true
    this.#stopTimer()
    this.#sending?.cancel(new SluiceError('DRAINING', 'The target is not asked any more.'))
  }

  head({ status }: CallHead, flow: Flow): void {
    this.#flow = flow
    this.#healthy = status >= 200 && status <= 299
  }

  data(chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes <= longestAnswer || this.#over) return
    this.#finish(this.#healthy)
    this.#flow?.stop(new SluiceError('SERVICE_ANSWER_INVALID', 'The answer to a health check is too long.'))
  }

  end(): void {
    this.#finish(this.#healthy)
  }

  /** A kept connection that the service had closed already says nothing of how it is. */
  fail({ stale }: CallFailure): void {
    if (this.#over) return
    if (stale !== true || this.#again) return this.#finish(false)
    this.#again = true
    this.ask()
  }

  #finish(healthy: boolean): void {
    if (this.#over) return
    this.#over = true
    this.#stopTimer()
    this.#done(healthy)
  }
}
