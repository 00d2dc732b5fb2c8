import type { RateValue } from '../config/units.ts'
import { SluiceError } from '../errors.ts'
import type { GatewayParts } from '../policy.ts'
import { addressKey } from '../state/address-key.ts'
import { limitOf } from '../state/limit.ts'
import { createMemoryState } from '../state/memory.ts'
import type { Take } from '../state/state.ts'

/** Counts failed attempts by address. */
export interface FailureLimit {
  /** Refuses an attempt from an address whose failures are used up. */
  refuse(address: string): SluiceError | undefined
  count(address: string): void
}

/**
 * Failures are counted in the gateway's state, and what they lead to is remembered here, so that attempts which
 * succeed cost no look into a shared store. The count is one for all routes, whatever rate each of them allows.
 */
export function compileFailureLimit(rate: RateValue, gateway: GatewayParts): FailureLimit {
  const { state, clock } = gateway
  // A colon can't stand in the name of a limit of the config's own.
  const limit = limitOf('auth:failures', rate)
  const blocked = gateway.lease(
    'blocked-addresses',
    null,
    () => createMemoryState({ clock }),
    (held) => held.close(),
  )

  function block(key: string, { allowed, remaining, resetMs, retryMs }: Take): void {
    if (allowed && remaining > 0) return
    const waitMs = allowed ? resetMs - (limit.burst - 1) * limit.intervalMs : retryMs
    if (waitMs > 0) blocked.set(key, String(clock.now() + waitMs), waitMs)
  }

  return {
    refuse(address) {
      const until = blocked.get(addressKey(address))
      if (until === undefined) return undefined
      const seconds = Math.ceil((Number(until) - clock.now()) / 1000)
      return new SluiceError('RATE_LIMITED', 'Too many attempts to authenticate from this address have failed.', {
        headers: { 'retry-after': String(seconds) },
      })
    },
    count(address) {
      const key = addressKey(address)
      const take = state.take(limit, key, 1)
      if (take instanceof Promise) void take.then((late) => block(key, late))
      else block(key, take)
    },
  }
}
