import type { GatewayParts } from '../../policy.ts'
import { compileInputs } from './inputs.ts'
import { SharedCalls, type SharingService } from './shared-calls.ts'
import { SharedOperations } from './shared-operations.ts'
import { leaseWrites } from './writes.ts'

/** What requests share with each other. */
export interface Sharing {
  readonly calls: SharedCalls
  readonly operations: SharedOperations
}

/** Builds what a gateway's services share; a reload begins anew, but for the writes that were counted. */
export function buildSharing(parts: Pick<GatewayParts, 'config' | 'clock' | 'metrics' | 'lease'>): Sharing {
  const { clock, metrics, config } = parts
  const services = new Map(Object.entries(config.services).flatMap(([name, settings]): [string, SharingService][] => {
    if (settings.share === undefined) return []
    return [[name, { inputs: compileInputs(settings), writes: leaseWrites(name, parts), timeout: settings.timeout }]]
  }))
  return {
    calls: new SharedCalls({ services, clock, metrics: metrics.services }),
    operations: new SharedOperations({ services, clock, metrics }),
  }
}
