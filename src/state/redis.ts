import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import { SluiceError } from '../errors.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { measure, outcome } from './gcra.ts'
import { createMemoryState, type MemoryState } from './memory.ts'
import { openRedis, type RedisConnection } from './redis-connection.ts'
import type { Limit, State, Take } from './state.ts'

/** How long a request waits for the store before it is given up. */
const patienceMs = 50
/** Pauses between attempts to reach the store again double from the first to the last. */
const pauseMs = { first: 100, last: 5000 }

export interface RedisDependencies {
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
}

/**
 * State in Redis, shared by all gateways that use the same one. A store that doesn't answer within 50 ms is given
 * up: until it is back each gateway counts on its own, from nothing, and refuses all that is about values, at once
 * instead of waiting. The gauge `sluice_state_fallback` and one log line tell of each change.
 */
export class RedisState implements State {
  readonly #url: string
  readonly #dependencies: RedisDependencies
  #connection: Promise<RedisConnection>
  /** What is counted here while the store is given up. */
  #local: MemoryState
  #away = false
  #pause = pauseMs.first
  #cancelRetry: (() => void) | undefined
  #closed = false

  constructor(url: string, dependencies: RedisDependencies) {
    this.#url = url
    this.#dependencies = dependencies
    this.#local = createMemoryState(dependencies)
    dependencies.metrics.stateFallback.set({}, 0)
    this.#connection = this.#connect()
  }

  take(limit: Limit, key: string, cost: number): Take | Promise<Take> {
    const size = measure(limit)
    return this.#count(
      async (redis) => {
        const { allowed, used } = await redis.take(limitKey(limit, key), size, Math.round(cost * size.interval))
        return outcome(size, allowed, used, cost)
      },
      (local) => local.take(limit, key, cost),
    )
  }

  settle(limit: Limit, key: string, delta: number): void | Promise<void> {
    const size = measure(limit)
    return this.#count(
      (redis) => redis.settle(limitKey(limit, key), size, Math.round(delta * size.interval)),
      (local) => local.settle(limit, key, delta),
    )
  }

  get(key: string): Promise<string | undefined> {
    return this.#agree((redis) => redis.get(valueKey(key)))
  }

  set(key: string, value: string, ttlMs: number): Promise<void> {
    return this.#agree((redis) => redis.set(valueKey(key), value, ttlMs))
  }

  setIfAbsent(key: string, value: string, ttlMs: number): Promise<boolean> {
    return this.#agree((redis) => redis.setIfAbsent(valueKey(key), value, ttlMs))
  }

  delete(key: string): Promise<void> {
    return this.#agree((redis) => redis.delete(valueKey(key)))
  }

  /** Works whether or not the store can be reached; limits are counted locally afterwards. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#away = true
    this.#cancelRetry?.()
    this.#disconnect()
  }

  #count<T>(remotely: (redis: RedisConnection) => Promise<T>, locally: (local: MemoryState) => T): T | Promise<T> {
    if (this.#away) return locally(this.#local)
    return this.#ask(remotely).catch(() => locally(this.#local))
  }

  async #agree<T>(remotely: (redis: RedisConnection) => Promise<T>): Promise<T> {
    if (this.#away) throw unavailable()
    return this.#ask(remotely)
  }

  async #ask<T>(remotely: (redis: RedisConnection) => Promise<T>): Promise<T> {
    const connection = this.#connection
    try {
      return await this.#patiently(connection.then(remotely))
    } catch (cause) {
      this.#giveUp(connection, cause)
      throw unavailable(cause)
    }
  }

  /** Rejects after 50 ms, but not before answers that have arrived while this process was busy were read. */
  #patiently<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = () => reject(new Error(`no answer within ${patienceMs} ms`))
      const cancel = this.#dependencies.clock.after(patienceMs, () => setImmediate(fail))
      answer.then(resolve, reject).finally(cancel)
    })
  }

  /** Many requests find out at once; the first that speaks of the present connection changes what all do. */
  #giveUp(connection: Promise<RedisConnection>, cause: unknown): void {
    if (this.#away || connection !== this.#connection) return
    this.#away = true
    this.#local = createMemoryState(this.#dependencies)
    this.#dependencies.metrics.stateFallback.set({}, 1)
    this.#dependencies.log.warn({ err: cause }, 'the state store does not answer: limits count in this gateway alone')
    this.#disconnect()
    this.#pause = pauseMs.first
    this.#retryLater()
  }

  #retryLater(): void {
    // Gateways that lost the store together should not all come back in the same moment.
    const pause = this.#pause * (0.75 + Math.random() / 2)
    this.#pause = Math.min(this.#pause * 2, pauseMs.last)
    this.#cancelRetry = this.#dependencies.clock.after(pause, () => void this.#retry())
  }

  /** A new connection each time: the old one may be dead without either end knowing. */
  async #retry(): Promise<void> {
    this.#connection = this.#connect()
    try {
      await this.#connection
    } catch {
      if (!this.#closed) this.#retryLater()
      return
    }
    if (this.#closed) return
    this.#away = false
    this.#dependencies.metrics.stateFallback.set({}, 0)
    this.#dependencies.log.info('the state store is back: limits count across gateways again')
  }

  #connect(): Promise<RedisConnection> {
    const connection = openRedis(this.#url, (cause) => this.#giveUp(connection, cause))
    connection.catch((cause: unknown) => this.#giveUp(connection, cause))
    return connection
  }

  #disconnect(): void {
    this.#connection.then((redis) => redis.close(), () => undefined)
  }
}

function unavailable(cause?: unknown): SluiceError {
  const headers = { 'retry-after': '1' }
  return new SluiceError('STATE_UNAVAILABLE', 'The state store does not answer; try again in a moment.', { cause, headers })
}

function limitKey({ name }: Limit, key: string): string {
  return `sluice:limit:${name}:${key}`
}

function valueKey(key: string): string {
  return `sluice:value:${key}`
}
