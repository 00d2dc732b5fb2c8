import type { RetrySettings } from '../../config/schema.ts'

type Backoff = RetrySettings['backoff']

/**
 * Time to wait before a retry, in ms; the first is 1. Full jitter: any time up to a bound that doubles, so
 * that calls that failed together don't come back together (Brooker, "Exponential Backoff and Jitter", 2015).
 */
export function backoffMs(retry: number, { from, to }: Backoff, random: () => number): number {
  return random() * Math.min(to, from * 2 ** (retry - 1))
}
