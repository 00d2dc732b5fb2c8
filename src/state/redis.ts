import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { measure, outcome } from './gcra.ts'
import { createMemoryState, type MemoryState } from './memory.ts'
import { openRedis, type RedisConnection } from './redis-connection.ts'
import type { Limit, State, Take } from './state.ts'

/** How long a request waits for the store before it is counted here instead. */
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
 * up: each gateway then counts on its own, from nothing, until the store is back, and answers at once instead of
 * waiting. The gauge `sluice_state_fallback` and one log line tell of each change. No method throws.
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
    dependencies.metrics.stateFallback.set(0)
    this.#connection = this.#connect()
  }

  take(limit: Limit, key: string, cost: number): Take | Promise<Take> {
    const size = measure(limit)
    return this.#ask(
      async (redis) => {
        const { allowed, used } = await redis.take(limitKey(limit, key), size, Math.round(cost * size.interval))
        return outcome(size, allowed, used, cost)
      },
      (local) => local.take(limit, key, cost),
    )
  }

  settle(limit: Limit, key: string, delta: number): void | Promise<void> {
    const size = measure(limit)
    return this.#ask(
      (redis) => redis.settle(limitKey(limit, key), size, Math.round(delta * size.interval)),
      (local) => local.settle(limit, key, delta),
    )
  }

  get(key: string): string | undefined | Promise<string | undefined> {
    return this.#ask((redis) => redis.get(valueKey(key)), (local) => local.get(key))
  }

  set(key: string, value: string, ttlMs: number): void | Promise<void> {
    return this.#ask((redis) => redis.set(valueKey(key), value, ttlMs), (local) => local.set(key, value, ttlMs))
  }

  setIfAbsent(key: string, value: string, ttlMs: number): boolean | Promise<boolean> {
    return this.#ask(
      (redis) => redis.setIfAbsent(valueKey(key), value, ttlMs),
      (local) => local.setIfAbsent(key, value, ttlMs),
    )
  }

  /** Works whether or not the store can be reached; what is asked afterwards is counted locally. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#away = true
    this.#cancelRetry?.()
    this.#disconnect()
  }

  #ask<T>(remotely: (redis: RedisConnection) => Promise<T>, locally: (local: MemoryState) => T): T | Promise<T> {
    return this.#away ? locally(this.#local) : this.#askStore(remotely, locally)
  }

  async #askStore<T>(remotely: (redis: RedisConnection) => Promise<T>, locally: (local: MemoryState) => T): Promise<T> {
    const connection = this.#connection
    try {
      return await this.#patiently(connection.then(remotely))
    } catch (cause) {
      this.#giveUp(connection, cause)
      return locally(this.#local)
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
    this.#dependencies.metrics.stateFallback.set(1)
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
    this.#dependencies.metrics.stateFallback.set(0)
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

function limitKey({ name }: Limit, key: string): string {
  return `sluice:limit:${name}:${key}`
}

function valueKey(key: string): string {
  return `sluice:value:${key}`
}
