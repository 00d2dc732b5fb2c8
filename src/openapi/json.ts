/** A piece of an OpenAPI document. */
export type Json = Readonly<Record<string, unknown>>

/** The parts of a description that several operations name; each stands under its kind and name. */
export class Components {
  readonly #kinds = new Map<string, Map<string, unknown>>()
  readonly #names = new Map<unknown, string>()

  /**
   * Takes in what `make` gives of its owner, once, and gives the reference. Parts of different owners that are equal are
   * one; others that would have the same name get a number.
   */
  add(kind: string, name: string, owner: unknown, make: () => unknown): Json {
    const parts = this.#kinds.get(kind) ?? new Map<string, unknown>()
    this.#kinds.set(kind, parts)
    const known = this.#names.get(owner) ?? this.#make(parts, name, owner, make)
    return { $ref: `#/components/${kind}/${known}` }
  }

  #make(parts: Map<string, unknown>, name: string, owner: unknown, make: () => unknown): string {
    const taken: string[] = []
    let own = name
    while (parts.has(own)) {
      taken.push(own)
      own = `${name}${taken.length + 1}`
    }
    // Named before it is made, since it may name itself.
    parts.set(own, {})
    this.#names.set(owner, own)
    const made = make()
    const text = JSON.stringify(made)
    const same = taken.find((each) => JSON.stringify(parts.get(each)) === text)
    if (same === undefined) parts.set(own, made)
    else {
      parts.delete(own)
      this.#names.set(owner, same)
    }
    return same ?? own
  }

  toJSON(): Json {
    return Object.fromEntries([...this.#kinds].map(([kind, parts]) => [kind, Object.fromEntries(parts)]))
  }
}

/** The same value, or null. */
export function nullable(schema: Json): Json {
  const { type, description, ...rest } = schema
  const about = description === undefined ? {} : { description }
  const closed = rest['enum'] !== undefined || rest['const'] !== undefined
  if (typeof type === 'string' && !closed) return { type: [type, 'null'], ...rest, ...about }
  const bare = { ...type === undefined ? {} : { type }, ...rest }
  return Object.keys(bare).length === 0 ? schema : { ...about, anyOf: [bare, { type: 'null' }] }
}
