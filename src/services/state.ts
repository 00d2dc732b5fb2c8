import type { ServiceSettings } from '../config/schema.ts'
import type { GatewayParts } from '../policy.ts'
import type { Lease } from '../shared.ts'
import { openHttpTarget, type HttpTargetSettings, type Target as Transport } from './http.ts'
import { openHttp2Target } from './http2.ts'
import { Latency } from './latency.ts'
import { Limiter } from './limit/limiter.ts'
import { RetryBudget } from './retry/budget.ts'
import { TargetPool } from './targets/pool.ts'
import type { Source } from './targets/source.ts'
import { watchTargets } from './targets/sources.ts'
import type { Endpoint } from './targets/target.ts'

/** What is known of a service while it runs. It outlives a reload as long as the service's settings stay as they are. */
export class ServiceState {
  readonly pool: TargetPool
  readonly limiter: Limiter
  readonly budget: RetryBudget
  readonly latency: Latency
  readonly #source: Source

  constructor(service: string, settings: ServiceSettings, parts: GatewayParts) {
    const { clock, metrics, log, config } = parts
    this.limiter = new Limiter(service, settings.concurrency, { clock, metrics: metrics.services })
    this.budget = new RetryBudget(settings.retry.budget, clock)
    this.latency = new Latency(clock)
    this.pool = new TargetPool({
      service,
      settings,
      zone: config.zone,
      open: (endpoint) => openEndpoint(service, endpoint, settings, parts),
      clock,
      metrics: metrics.services,
    })
    this.#source = watchTargets(settings, { service, clock, log, metrics, random: Math.random }, (endpoints) => this.pool.update(endpoints))
  }

  /** Resolves when its targets were looked up once, whatever came of it. */
  get ready(): Promise<void> {
    return this.#source.ready
  }

  close(): void {
    this.#source.close()
    this.pool.close()
    this.limiter.close()
  }
}

/** Connections have a lease of their own, so that a change of other settings keeps them. */
function openEndpoint(service: string, { url, address }: Endpoint, settings: ServiceSettings, parts: GatewayParts): Lease<Transport> {
  const target: HttpTargetSettings = {
    url,
    connections: settings.connections,
    connectMs: settings.timeout.connect,
    ...(address === undefined ? {} : { address }),
    ...(settings.http2 ? { http2: true } : {}),
    ...(settings.tls === undefined ? {} : { tls: settings.tls }),
  }
  return parts.hold(`target:${service}`, target, () => openTransport(target), (transport) => void transport.close())
}

function openTransport(settings: HttpTargetSettings): Transport {
  const http1 = openHttpTarget(settings)
  return settings.http2 === true ? openHttp2Target(settings, http1) : http1
}
