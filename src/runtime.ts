import type { Logger } from 'pino'
import { systemClock, type Clock } from './clock.ts'
import { Shared } from './shared.ts'
import { Metrics } from './telemetry/metrics.ts'

/** What belongs to the process and not to one gateway. */
export interface Runtime {
  readonly shared: Shared
  readonly metrics: Metrics
  readonly clock: Clock
  readonly log: Logger
  readonly env: Readonly<Record<string, string | undefined>>
}

export function openRuntime(log: Logger, env: Runtime['env'], clock: Clock = systemClock): Runtime {
  return { shared: new Shared(), metrics: new Metrics(), clock, log, env }
}
