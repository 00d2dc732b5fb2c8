import type { Clock } from '../../clock.ts'
import { SluiceError } from '../../errors.ts'
import type { ServiceMetrics } from '../../telemetry/service-metrics.ts'
import type { Balancer } from '../balance/balancer.ts'
import type { Permit } from '../breaker/breaker.ts'
import type { CallContext } from '../service.ts'
import type { Level } from './levels.ts'
import type { Target } from './target.ts'

/** A target that takes a call, and its breaker's leave to make it. */
export interface Pick {
  readonly target: Target
  readonly permit: Permit
}

interface PickerParts {
  readonly service: string
  readonly balancer: Balancer
  /** Whether the breakers refuse no call. */
  readonly shadow: boolean
  readonly clock: Clock
  readonly metrics: ServiceMetrics
}

/** Chooses among targets that may be called: by level, balance and breaker. */
export class Picker {
  readonly #parts: PickerParts

  constructor(parts: PickerParts) {
    this.#parts = parts
  }

  /**
   * Picks a target, one that was not tried while there is another. Where a breaker refuses, the next best is asked;
   * the error is NO_TARGET where there is none to call, and BREAKER_OPEN where all refuse.
   */
  pick(levels: readonly Level[], context: CallContext, tried: ReadonlySet<Target>): Pick | SluiceError {
    const level = levels.length > 1 ? this.#level(levels, context) : levels[0]
    if (level === undefined) return new SluiceError('NO_TARGET', 'The service has no address that takes calls now.')
    const { targets } = level
    const target = targets.length > 1 ? this.#choose(targets, context) : targets[0]
    if (target !== undefined && !tried.has(target)) {
      const permit = target.breaker.enter()
      if (permit !== null) return this.#take(target, permit, levels, context)
    }
    return this.#search(level, levels, context, tried) ?? this.#refuse(levels)
  }

  #level(levels: readonly Level[], context: CallContext): Level | undefined {
    let place = this.#parts.balancer.place(context)
    for (const level of levels) {
      place -= level.share
      if (place < 0) return level
    }
    return levels[0]
  }

  #choose(targets: readonly Target[], context: CallContext): Target | undefined {
    return this.#parts.balancer.choose(targets, context, this.#parts.clock.elapsed())
  }

  /** Asks all targets, those of the call's own level first, and those that were tried last. */
  #search(own: Level, levels: readonly Level[], context: CallContext, tried: ReadonlySet<Target>): Pick | undefined {
    const ordered = [own, ...levels.filter((level) => level !== own)]
    for (const again of [false, true]) {
      for (const { targets } of ordered) {
        const pick = this.#enter(targets.filter((target) => tried.has(target) === again), levels, context)
        if (pick !== undefined) return pick
      }
    }
    return undefined
  }

  #enter(targets: readonly Target[], levels: readonly Level[], context: CallContext): Pick | undefined {
    const willing = this.#parts.shadow ? targets : targets.filter(({ breaker }) => breaker.retryAfterMs === 0)
    const target = this.#choose(willing, context)
    const permit = target?.breaker.enter() ?? null
    return target === undefined || permit === null ? undefined : this.#take(target, permit, levels, context)
  }

  #take(target: Target, permit: Permit, levels: readonly Level[], context: CallContext): Pick {
    const { facts } = context
    if (facts !== undefined) {
      facts.target = target.name
      facts.group = target.endpoint.group ?? null
      facts.breaker = target.breaker.state
    }
    if (permit.refused && retryAfterMs(levels) > 0) this.#count(context)
    return { target, permit }
  }

  /** Counts a call that breakers in shadow would have refused, once however often it is tried. */
  #count({ facts }: CallContext): void {
    if (facts?.shadow.includes('breaker') === true) return
    facts?.shadow.push('breaker')
    this.#parts.metrics.breakerRefusals.inc({ service: this.#parts.service, mode: 'shadow' })
  }

  #refuse(levels: readonly Level[]): SluiceError {
    this.#parts.metrics.breakerRefusals.inc({ service: this.#parts.service, mode: 'enforce' })
    return new SluiceError('BREAKER_OPEN', 'The service has failed too often of late, and is not called for a while.', {
      headers: { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs(levels) / 1000))) },
    })
  }
}

/** Time until the first breaker lets a call through, in ms. */
function retryAfterMs(levels: readonly Level[]): number {
  let least = Infinity
  for (const { targets } of levels) {
    for (const { breaker } of targets) least = Math.min(least, breaker.retryAfterMs)
  }
  return least
}
