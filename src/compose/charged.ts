import { charges } from '../charge.ts'
import type { Exchange } from '../exchange.ts'
import type { Calls } from './calls.ts'
import { refuse } from './early.ts'
import type { Executed } from './executed.ts'

/**
 * Executes an operation whose calls are counted by the limits of its exchange: as many as it could make are taken
 * before the first, and those that it did not make are given back when it has ended, however it ends.
 */
export async function charged(
  exchange: Exchange, bound: number, calls: Pick<Calls, 'count'>, execute: () => Promise<Executed>,
): Promise<Executed> {
  const charge = charges.get(exchange)
  if (charge === undefined) return execute()
  const refusal = await charge.take(bound)
  if (refusal !== undefined) return refuse(refusal)
  try {
    return await execute()
  } finally {
    calls.count((made) => charge.settle(made))
  }
}
