/**
 * Random choices from a seed (mulberry32). After `most` of them every choice is the first of its kind, which is the
 * plainest, so that a property shrinks what it has by making fewer choices.
 */
export class Draws {
  #state: number
  #left: number

  constructor(seed: number, most = Infinity) {
    this.#state = seed
    this.#left = most
  }

  /** A whole number from 0 to below `count`. */
  below(count: number): number {
    if (this.#left <= 0) return 0
    this.#left -= 1
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor(((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 * count)
  }

  /** True so many times of a hundred. */
  chance(percent: number): boolean {
    return this.below(10_000) >= 10_000 - percent * 100
  }

  pick<T extends string | number>(first: T, ...others: readonly T[]): T {
    return others[this.below(others.length + 1) - 1] ?? first
  }

  /** One of them; undefined where there are none. */
  pickFrom<T>(items: readonly T[]): T | undefined {
    return items[this.below(items.length)]
  }

  /** `least` to `most` of what `make` makes. */
  several<T>(least: number, most: number, make: (index: number) => T): T[] {
    return Array.from({ length: least + this.below(most - least + 1) }, (_, index) => make(index))
  }
}

/** Draws that are the same for the same text (FNV-1a). */
export function drawsOf(text: string): Draws {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return new Draws(hash)
}

/** What identifiers are made of: few, so that they meet, and with names that every object has. */
export function drawKey(draws: Draws): string | number {
  return draws.pick<string | number>(1, 2, 3, '1', '2', 'a', 'b', 'constructor', 'toString', '__proto__')
}
