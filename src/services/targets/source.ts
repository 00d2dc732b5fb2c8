import type { Logger } from 'pino'
import type { Clock } from '../../clock.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import type { Endpoint } from './target.ts'

/** Where endpoints of a service come from while it runs. */
export interface Source {
  /** Resolves when the first look has ended, whatever came of it. */
  readonly ready: Promise<void>
  /** Ends timers, watchers and lookups in flight; nothing is told afterwards. */
  close(): void
}

/** Told of all endpoints of a source, whenever it has looked and found some. */
export type Found = (endpoints: readonly Endpoint[]) => void

export interface SourceParts {
  /** The service's name, for the log and the counters. */
  readonly service: string
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
  /** From 0 to 1; spreads lookups over time. */
  readonly random?: () => number
}
