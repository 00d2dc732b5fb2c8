import type { Exchange } from './exchange.ts'

/**
 * What a policy keeps of each exchange between its steps. It lies with the exchange and goes with it: the entries of a
 * WeakMap would count as alive in every collection of young objects, and cost more than all else that a policy does.
 */
export class Kept<T> {
  get(exchange: Exchange): T | undefined {
    return exchange.kept.get(this) as T | undefined
  }

  set(exchange: Exchange, value: T): void {
    exchange.kept.set(this, value)
  }
}
