/** Remembers what was made of an object, for as long as the object is there. */
export function remembered<K extends object, V extends object>(make: (from: K) => V): (from: K) => V {
  const known = new WeakMap<K, V>()
  return (from) => {
    const before = known.get(from)
    if (before !== undefined) return before
    const made = make(from)
    known.set(from, made)
    return made
  }
}
