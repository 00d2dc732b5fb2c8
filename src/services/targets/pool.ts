import type { Clock } from '../../clock.ts'
import type { ServiceSettings } from '../../config/schema.ts'
import type { SluiceError } from '../../errors.ts'
import type { Lease } from '../../shared.ts'
import type { ServiceMetrics } from '../../telemetry/service-metrics.ts'
import { compileBalancer } from '../balance/compile.ts'
import { Breaker } from '../breaker/breaker.ts'
import type { Target as Transport } from '../http.ts'
import type { Call, CallContext } from '../service.ts'
import { HealthChecks, type HealthSettings } from './health.ts'
import { levelsOf, type Level } from './levels.ts'
import { Outliers, type Outcome } from './outlier.ts'
import { Picker, type Pick } from './picker.ts'
import { StateGauge } from './state-gauge.ts'
import { Target, type Endpoint } from './target.ts'

export type { Pick } from './picker.ts'

export interface PoolSettings {
  readonly balance: ServiceSettings['balance']
  readonly slowStart: ServiceSettings['slowStart']
  readonly panic: ServiceSettings['panic']
  readonly outlier: ServiceSettings['outlier']
  readonly breaker: ServiceSettings['breaker']
  readonly health?: HealthSettings | undefined
}

export interface PoolParts {
  readonly service: string
  readonly settings: PoolSettings
  /** Where the gateway stands. */
  readonly zone?: string | undefined
  /** Opens the way to an endpoint; the lease is released when no call is on it any more. */
  open(endpoint: Endpoint): Lease<Transport>
  readonly clock: Clock
  readonly random?: () => number
  readonly metrics: ServiceMetrics
}

const none: readonly Level[] = []

/** The targets of a service: which there are, which of them may be called, and which one takes a call. */
export class TargetPool {
  readonly #parts: PoolParts
  readonly #picker: Picker
  readonly #outliers: Outliers
  readonly #health: HealthChecks | undefined
  readonly #gauge: StateGauge
  #targets = new Map<string, Target>()
  /** Targets that are gone, but for the calls on them. */
  readonly #leaving = new Map<string, Target>()
  /** The targets that take calls when they are fit. */
  #taking: readonly Target[] = []
  /** The levels of each group; those of the targets without one under undefined. */
  #groups = new Map<string | undefined, readonly Level[]>()

  constructor(parts: PoolParts) {
    const { service, settings, clock, metrics, random = Math.random } = parts
    const { balance, breaker, outlier, health } = settings
    const changed = (target: Target) => this.#changed(target)
    const ejected = () => {
      metrics.ejections.inc({ service })
      this.#arrange()
    }
    this.#parts = parts
    this.#picker = new Picker({
      service, clock, metrics, balancer: compileBalancer(balance, random), shadow: breaker.mode === 'shadow',
    })
    this.#outliers = new Outliers({ settings: outlier, clock, peers: () => this.#taking, ejected, readmitted: changed })
    this.#health = health === undefined ? undefined : new HealthChecks({ settings: health, clock, random, changed })
    this.#gauge = new StateGauge(metrics.targets, service)
  }

  /**
   * Takes these endpoints for all there are. What is known of a target stays while its URL and address do; one that
   * is gone gets no more calls, and is let go once those on it have ended.
   */
  update(endpoints: readonly Endpoint[]): void {
    const next = new Map<string, Target>()
    for (const endpoint of endpoints) {
      const name = nameOf(endpoint, next)
      const target = this.#targets.get(name) ?? this.#leaving.get(name) ?? this.#open(name, endpoint)
      target.endpoint = endpoint
      next.set(name, target)
    }
    const gone = [...this.#targets.values()].filter(({ name }) => !next.has(name))
    this.#targets = next
    for (const target of next.values()) this.#admit(target)
    for (const target of gone) this.#dismiss(target)
    this.#arrange()
  }

  /**
   * Picks the target of a call: of its group, and not one of those that were tried while there is another. Returns
   * NO_TARGET where there is none to call, and BREAKER_OPEN where the breakers of all are.
   */
  pick(_call: Call, context: CallContext, tried: ReadonlySet<Target>): Pick | SluiceError {
    const levels = this.#groups.get(context.group) ?? this.#groups.get(undefined) ?? none
    return this.#picker.pick(levels, context, tried)
  }

  /** Tells how a call to a target ended, unless that says nothing of the target. */
  report(target: Target, outcome: Outcome): void {
    this.#outliers.report(target, outcome)
  }

  /** Lets all targets go at once, whatever is in flight. */
  close(): void {
    for (const target of [...this.#targets.values(), ...this.#leaving.values()]) this.#release(target)
    this.#targets.clear()
    this.#leaving.clear()
    this.#arrange()
  }

  #open(name: string, endpoint: Endpoint): Target {
    const { service, settings, clock, metrics } = this.#parts
    const breaker = new Breaker(settings.breaker, clock, (state) => {
      metrics.breakerChanges.inc({ service, state })
      // Its calls had stopped, so it may have lost what made it warm.
      if (state === 'closed' && settings.breaker.mode === 'enforce') target.fitSince = clock.elapsed()
    })
    const connection = this.#parts.open(endpoint)
    const target: Target = new Target({
      name, endpoint, connection, breaker, slowStart: settings.slowStart, fitSince: clock.elapsed(),
    })
    return target
  }

  #admit(target: Target): void {
    this.#leaving.delete(target.name)
    target.stay()
    this.#health?.watch(target)
  }

  #dismiss(target: Target): void {
    this.#health?.forget(target)
    this.#leaving.set(target.name, target)
    target.leave(() => {
      this.#leaving.delete(target.name)
      this.#release(target)
    })
  }

  #release(target: Target): void {
    this.#health?.forget(target)
    this.#outliers.forget(target)
    target.close()
  }

  /** A target was given up, or is taken back. */
  #changed(target: Target): void {
    if (target.state === 'fit') target.fitSince = this.#parts.clock.elapsed()
    this.#arrange()
  }

  /** Works out anew which targets may be called, so that picking one need not. */
  #arrange(): void {
    this.#taking = [...this.#targets.values()].filter(({ endpoint }) => endpoint.weight > 0)
    const groups = Map.groupBy(this.#taking, ({ endpoint }) => endpoint.group)
    const { zone, settings } = this.#parts
    this.#groups = new Map([...groups].map(([group, targets]) => [group, levelsOf(targets, zone, settings.panic)]))
    this.#gauge.tell(this.#targets.values())
  }
}

/** What tells an endpoint from others; one that is there several times is several targets. */
function nameOf({ url, address }: Endpoint, taken: ReadonlyMap<string, Target>): string {
  const place = address === undefined ? url : `${url} ${address}`
  let name = place
  for (let times = 2; taken.has(name); times++) name = `${place} #${times}`
  return name
}
