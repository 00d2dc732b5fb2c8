const SEED = 20_240_601

/** A small generator of repeatable numbers: the same stream name always gives the same sequence. */
export interface Random {
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number
  /** One of the given values; throws a RangeError when there are none. */
  pick<Value>(values: readonly Value[]): Value
  /** A copy in another order. */
  shuffle<Value>(values: readonly Value[]): Value[]
}

/** Opens the sequence with this name. Each data set has its own, so that one can grow without changing another. */
export function openRandom(stream: string): Random {
  const next = mulberry32(SEED ^ hash(stream))
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))
  const pick = <Value>(values: readonly Value[]): Value => {
    const value = values[between(0, values.length - 1)]
    if (value === undefined) throw new RangeError('nothing to pick from')
    return value
  }
  const shuffle = <Value>(values: readonly Value[]): Value[] => {
    const keyed = values.map((value) => ({ value, key: next() }))
    return keyed.sort((a, b) => a.key - b.key).map(({ value }) => value)
  }
  return { between, pick, shuffle }
}

function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  }
  return value >>> 0
}
