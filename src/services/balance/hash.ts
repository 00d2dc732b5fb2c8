/** A number of 32 bits that is the same for the same text everywhere, and as good as random otherwise; no secret. */
export function hashText(text: string): number {
  // FNV-1a, over UTF-16 units.
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return mix(hash)
}

/** Spreads a number over all 32 bits, so that each bit of it changes half of them (MurmurHash3's finaliser). */
export function mix(number: number): number {
  let hash = number
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** A hash as a number above 0 and below 1. */
export function fraction(hash: number): number {
  return (hash + 0.5) / 2 ** 32
}
