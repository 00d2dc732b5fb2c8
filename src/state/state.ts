/** A named limit in the form that a store needs it. */
export interface Limit {
  readonly name: string
  /** Time that one unit costs, in ms: the period divided by the rate. */
  readonly intervalMs: number
  /** Units that can be taken at once when nothing was taken before. */
  readonly burst: number
}

export interface Take {
  readonly allowed: boolean
  /** Whole units that could be taken right now. */
  readonly remaining: number
  /** Time until the limit is entirely unused again, in ms. */
  readonly resetMs: number
  /** Time until the same take would be allowed, in ms; 0 where it was. */
  readonly retryMs: number
}

type Eventually<T> = T | Promise<T>

/**
 * Shared facts with an expiry: a store in memory answers with values, one across a network with promises.
 * Limits follow the generic cell rate algorithm (ITU-T I.371), so that one timestamp a key is all there is. They are
 * counted also while a shared store is away, by each gateway on its own. Values are what gateways agree on, and nobody
 * can agree alone: without the store they reject with STATE_UNAVAILABLE.
 */
export interface State {
  /** Atomically takes `cost` units of `limit` for `key`, or nothing where they aren't there. */
  take(limit: Limit, key: string, cost: number): Eventually<Take>
  /** Corrects an earlier take by `delta` units (negative gives back) once the true cost is known. */
  settle(limit: Limit, key: string, delta: number): Eventually<void>
  get(key: string): Eventually<string | undefined>
  set(key: string, value: string, ttlMs: number): Eventually<void>
  /** Stores the value only where the key is free, and says whether it did. */
  setIfAbsent(key: string, value: string, ttlMs: number): Eventually<boolean>
  delete(key: string): Eventually<void>
  close(): Eventually<void>
}
