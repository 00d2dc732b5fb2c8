import type { Lease } from '../../shared.ts'
import type { Candidate } from '../balance/balancer.ts'
import type { Breaker } from '../breaker/breaker.ts'
import type { Target as Transport } from '../http.ts'

/** An address that a service can be called at, as the config or a source of addresses gives it. */
export interface Endpoint {
  readonly url: string
  /** The IP address to connect to, where it was looked up; Host and SNI stay those of the URL. */
  readonly address?: string
  readonly weight: number
  readonly zone?: string
  readonly priority: number
  readonly group?: string
}

export type TargetState = 'fit' | 'unhealthy' | 'ejected'

export interface TargetParts {
  readonly name: string
  readonly endpoint: Endpoint
  readonly connection: Lease<Transport>
  readonly breaker: Breaker
  /** Time until it takes its whole part of the calls, in ms. */
  readonly slowStart: number
  /** The clock's `elapsed` since when it is fit. */
  readonly fitSince: number
}

/** Part of its calls that a cold target begins with. */
const coldest = 0.1

/** One address of a service, with all that is known of how it does. */
export class Target implements Candidate {
  /** The URL, and the address where it was looked up. */
  readonly name: string
  readonly transport: Transport
  readonly breaker: Breaker
  endpoint: Endpoint
  /** What active checks say. */
  healthy = true
  /** Left out since it failed more than its peers. */
  ejected = false
  /** Calls that failed since the last one that did not. */
  failures = 0
  /** Ejections since the last call that did not fail. */
  ejections = 0
  /** The clock's `elapsed` since when it is fit. */
  fitSince: number
  readonly #slowStart: number
  readonly #release: () => void
  #inFlight = 0
  #leave: (() => void) | undefined

  constructor({ name, endpoint, connection, breaker, slowStart, fitSince }: TargetParts) {
    this.name = name
    this.endpoint = endpoint
    this.transport = connection.value
    this.breaker = breaker
    this.fitSince = fitSince
    this.#slowStart = slowStart
    this.#release = () => connection.release()
  }

  get state(): TargetState {
    if (!this.healthy) return 'unhealthy'
    return this.ejected ? 'ejected' : 'fit'
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** Its part of the calls, which grows from a tenth to the whole while it is new. Where all are new, all are equal. */
  weight(now: number): number {
    const { weight } = this.endpoint
    const age = now - this.fitSince
    return age >= this.#slowStart ? weight : weight * (coldest + (1 - coldest) * age / this.#slowStart)
  }

  /** A call to it begins. */
  begin(): void {
    this.#inFlight += 1
  }

  /** A call to it has ended, however. */
  end(): void {
    this.#inFlight -= 1
    this.#leaveWhenIdle()
  }

  /** Has `then` called once no call is in flight, unless `stay` comes first. */
  leave(then: () => void): void {
    this.#leave = then
    this.#leaveWhenIdle()
  }

  stay(): void {
    this.#leave = undefined
  }

  /** Lets its connections go. */
  close(): void {
    this.#leave = undefined
    this.#release()
  }

  #leaveWhenIdle(): void {
    if (this.#inFlight === 0) this.#leave?.()
  }
}
