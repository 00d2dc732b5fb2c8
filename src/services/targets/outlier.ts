import type { Clock } from '../../clock.ts'
import type { ServiceSettings } from '../../config/schema.ts'
import type { Target } from './target.ts'

export type OutlierSettings = ServiceSettings['outlier']

/** How a call to a target went, as far as the target is to blame. */
export type Outcome = 'success' | 'failure'

/** Ejections in a row that still make the next one longer. */
const mostTimes = 10
/** What a timer can wait for at most, in ms. */
const longest = 24 * 86_400_000
/** Makes up for what binary fractions take from a share such as 29 %. */
const rounding = 1e-9

interface OutlierParts {
  readonly settings: OutlierSettings
  readonly clock: Clock
  /** The targets that the cap counts. */
  readonly peers: () => readonly Target[]
  readonly ejected: (target: Target) => void
  /** A target's ejection is over. */
  readonly readmitted: (target: Target) => void
}

/**
 * Ejects targets that fail some calls in a row, for longer each time in a row that it happens, after Envoy's outlier
 * detection. Where many fail, the cap keeps the others in: their failing is not theirs alone.
 */
export class Outliers {
  readonly #parts: OutlierParts
  readonly #returns = new Map<Target, () => void>()

  constructor(parts: OutlierParts) {
    this.#parts = parts
  }

  /** Counts how a call ended. Calls that end while the target is ejected say nothing new of it. */
  report(target: Target, outcome: Outcome): void {
    if (target.ejected) return
    if (outcome === 'success') {
      target.failures = 0
      target.ejections = 0
      return
    }
    target.failures += 1
    const { failures } = this.#parts.settings
    if (failures > 0 && target.failures >= failures && this.#mayEject(target)) this.#eject(target)
  }

  /** Leaves a target alone from here on. */
  forget(target: Target): void {
    this.#returns.get(target)?.()
    this.#returns.delete(target)
  }

  #mayEject(target: Target): boolean {
    const peers = this.#parts.peers()
    const ejected = peers.filter((peer) => peer.ejected).length
    return peers.includes(target) && ejected < Math.floor(this.#parts.settings.most * peers.length + rounding)
  }

  #eject(target: Target): void {
    const { settings, clock, ejected } = this.#parts
    target.ejected = true
    target.ejections = Math.min(mostTimes, target.ejections + 1)
    const ms = Math.min(longest, settings.ejectFor * target.ejections)
    this.#returns.set(target, clock.after(ms, () => this.#readmit(target)))
    ejected(target)
  }

  #readmit(target: Target): void {
    this.#returns.delete(target)
    target.ejected = false
    target.failures = 0
    this.#parts.readmitted(target)
  }
}
