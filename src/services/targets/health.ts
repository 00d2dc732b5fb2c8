import type { Clock } from '../../clock.ts'
import type { ServiceSettings } from '../../config/schema.ts'
import { HealthCheck } from './health-check.ts'
import type { Target } from './target.ts'

export type HealthSettings = NonNullable<ServiceSettings['health']>

interface HealthParts {
  readonly settings: HealthSettings
  readonly clock: Clock
  readonly random: () => number
  /** A target was given up, or is taken back. */
  readonly changed: (target: Target) => void
}

/**
 * Asks targets again and again whether they are well. A target counts as healthy until checks in a row have failed,
 * since a gateway has to serve from its first moment; one that is given up is taken back after checks in a row that
 * succeeded.
 */
export class HealthChecks {
  readonly #parts: HealthParts
  readonly #watches = new Map<Target, Watch>()

  constructor(parts: HealthParts) {
    this.#parts = parts
  }

  watch(target: Target): void {
    if (!this.#watches.has(target)) this.#watches.set(target, new Watch(target, this.#parts))
  }

  /** Asks a target no more. */
  forget(target: Target): void {
    this.#watches.get(target)?.stop()
    this.#watches.delete(target)
  }
}

/** The checks of one target. */
class Watch {
  readonly #target: Target
  readonly #parts: HealthParts
  #stop: () => void
  /** Checks in a row that said the other of what the target counts as. */
  #contrary = 0

  constructor(target: Target, parts: HealthParts) {
    this.#target = target
    this.#parts = parts
    // Gateways that start together don't ask together.
    this.#stop = parts.clock.after(parts.random() * parts.settings.every, () => this.#check())
  }

  stop(): void {
    this.#stop()
  }

  #check(): void {
    const { settings, clock } = this.#parts
    const started = clock.elapsed()
    const check = new HealthCheck(this.#target.transport, settings, clock, (healthy) => {
      this.#stop = clock.after(Math.max(0, settings.every - (clock.elapsed() - started)), () => this.#check())
      this.#take(healthy)
    })
    this.#stop = () => check.giveUp()
    check.ask()
  }

  #take(healthy: boolean): void {
    const { settings, changed } = this.#parts
    if (healthy === this.#target.healthy) {
      this.#contrary = 0
      return
    }
    this.#contrary += 1
    if (this.#contrary < (healthy ? settings.healthyAfter : settings.unhealthyAfter)) return
    this.#contrary = 0
    this.#target.healthy = healthy
    changed(this.#target)
  }
}
