import { Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import { Counter, Gauge } from './counter.ts'
import { ServiceMetrics } from './service-metrics.ts'

/** The process's metrics. Label values are names from the config, codes or statuses, never a client's input. */
export class Metrics {
  readonly registry = new Registry()

  readonly exchanges = new Counter({
    name: 'sluice_exchanges_total',
    help: 'Client requests that were answered, by route and status.',
    labelNames: ['route', 'status'] as const,
    registers: [this.registry],
  })

  readonly exchangeSeconds = new Histogram({
    name: 'sluice_exchange_seconds',
    help: 'Time from a request to the end of its answer.',
    labelNames: ['route'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.registry],
  })

  readonly inFlight = new Gauge({
    name: 'sluice_exchanges_in_flight',
    help: 'Client requests being answered now.',
    registers: [this.registry],
  })

  readonly websockets = new Gauge({
    name: 'sluice_websockets_open',
    help: 'WebSockets that are open now, by route.',
    labelNames: ['route'] as const,
    registers: [this.registry],
  })

  readonly calls = new Counter({
    name: 'sluice_calls_total',
    help: 'Calls to services, by status or, where none came, by error code.',
    labelNames: ['service', 'outcome'] as const,
    registers: [this.registry],
  })

  readonly operationsShared = new Counter({
    name: 'sluice_operations_shared_total',
    help: 'Queries that joined an equal one under way, of another request.',
    registers: [this.registry],
  })

  readonly refusals = new Counter({
    name: 'sluice_policy_refusals_total',
    help: 'Requests that a policy stopped, or would have stopped in shadow mode.',
    labelNames: ['policy', 'code', 'mode'] as const,
    registers: [this.registry],
  })

  readonly faults = new Counter({
    name: 'sluice_faults_total',
    help: 'Faults that were injected on purpose, by route and kind: delay or abort.',
    labelNames: ['route', 'kind'] as const,
    registers: [this.registry],
  })

  readonly reloads = new Counter({
    name: 'sluice_reloads_total',
    help: 'Reloads, by whether the new config was taken.',
    labelNames: ['result'] as const,
    registers: [this.registry],
  })

  readonly stateFallback = new Gauge({
    name: 'sluice_state_fallback',
    help: '1 while the shared state store is given up and counting is local.',
    registers: [this.registry],
  })

  readonly services = new ServiceMetrics(this.registry)

  /** Adds the process's own figures (memory, event loop, garbage collection). */
  collectProcess(): void {
    collectDefaultMetrics({ register: this.registry })
  }
}
