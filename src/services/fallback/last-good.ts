import type { Clock } from '../../clock.ts'
import type { FallbackSettings, ServiceSettings } from '../../config/schema.ts'
import { firstValue, type HeaderMap } from '../../headers.ts'
import { endToEnd } from '../../hop-by-hop.ts'
import type { GatewayParts } from '../../policy.ts'
import { WeightedMap } from '../../state/weighted-map.ts'
import { Collection, Room } from './collection.ts'

export type StaleSettings = NonNullable<FallbackSettings['stale']>

interface Kept {
  readonly headers: HeaderMap
  readonly body: Buffer
  /** The clock's `elapsed` at which it would have been of age 0, in ms. */
  readonly bornAt: number
}

/** Part of the memory that is for answers on their way, so also for the largest one. */
const underWay = 1 / 4

/** The last good answer to each call, in bounded memory. */
export class LastGood {
  readonly #for: number
  readonly #clock: Clock
  readonly #kept: WeightedMap<Kept>
  readonly #room: Room

  constructor(settings: StaleSettings, clock: Clock) {
    this.#for = settings.for
    this.#clock = clock
    this.#kept = new WeightedMap(settings.size * (1 - underWay))
    this.#room = new Room(settings.size * underWay)
  }

  /** The answer that is kept under a key, its `age` included, or undefined. */
  find(key: string): { readonly headers: HeaderMap; readonly body: Buffer } | undefined {
    const now = this.#clock.elapsed()
    const kept = this.#kept.get(key, now)
    if (kept === undefined) return undefined
    const { headers, body, bornAt } = kept
    return { body, headers: { ...headers, age: String(Math.floor((now - bornAt) / 1000)) } }
  }

  /** Begins to collect the answer with these headers; once it is whole, it takes the place of the one before. */
  collect(key: string, headers: HeaderMap): Collection {
    return new Collection(this.#room, (body) => this.#keep(key, headers, body))
  }

  clear(): void {
    this.#room.clear()
    this.#kept.clear()
  }

  #keep(key: string, headers: HeaderMap, body: Buffer): void {
    const now = this.#clock.elapsed()
    const fields = { ...endToEnd(headers), 'content-length': String(body.length) }
    const bytes = body.length + 2 * JSON.stringify(fields).length
    const bornAt = now - ageOf(headers) * 1000
    this.#kept.set(key, { headers: fields, body, bornAt }, bytes, now + this.#for)
  }
}

/** How old the answer was when it came (RFC 9111 section 5.1), in s. */
function ageOf(headers: HeaderMap): number {
  const age = firstValue(headers, 'age') ?? ''
  return /^\d{1,9}$/.test(age) ? Number(age) : 0
}

/**
 * What the fallback of a service remembers, or null where it remembers nothing. It outlives a reload as long as all
 * that is said of the service stays as it is.
 */
export function leaseLastGood(
  service: string, settings: ServiceSettings, { lease, clock }: Pick<GatewayParts, 'lease' | 'clock'>,
): LastGood | null {
  const stale = settings.fallback?.stale
  if (stale === undefined) return null
  return lease(`last-good:${service}`, settings, () => new LastGood(stale, clock), (held) => held.clear())
}
