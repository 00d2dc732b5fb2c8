import type { Draws } from './draws.ts'

/** Both answer with what plans select; by resolvers alone everything is asked for. */
export const services = {
  plain: { select: { parameter: 'fields', style: 'comma' as const } },
  snake: { naming: 'snake_case' as const, select: { parameter: 'fields', style: 'dotted' as const } },
}

/** Paths in an answer, among them names that every object has. */
const paths = ['data.inner', 'constructor', '__proto__', '__proto__.name', 'toString.length', 'data.two', 'deep.er.still']

/** What the texts of a random schema are made of. */
export class Parts {
  readonly draws: Draws
  /** Object types that may stand in lists: their fields call for many at once. */
  readonly listed: readonly string[]
  /** Object types that may not, so that their fields may call one by one. */
  readonly single: readonly string[]
  readonly mutations: boolean
  /** Types that implement the interface. */
  readonly alike: ReadonlySet<string>

  constructor(draws: Draws) {
    this.draws = draws
    this.listed = draws.several(1, 3, (index) => `T${index}`)
    this.single = draws.several(0, 2, (index) => `S${index}`)
    this.mutations = draws.chance(35)
    this.alike = new Set(this.listed.filter((_, index) => index === 0 || draws.chance(60)))
  }

  leaf(): string {
    return this.draws.pick('String', 'Int', 'Float', 'Boolean', 'ID', 'Kind', 'Json')
  }

  /** A type, or lists of it. */
  wrapped(name: string): string {
    return (this.draws.chance(30) ? `[${this.wrapped(name)}]` : name) + this.bang()
  }

  list(name: string): string {
    return `[${name}${this.bang()}]${this.bang()}`
  }

  bang(): string {
    return this.draws.chance(30) ? '!' : ''
  }

  map(): string {
    return this.draws.chance(15) ? ` @map(from: "${this.draws.pickFrom(paths) ?? ''}")` : ''
  }

  auth(): string {
    return this.draws.chance(3) ? ` @auth(scopes: ["${this.draws.pick('orders:read', 'admin')}"])` : ''
  }

  /** A call; its path begins with the coordinate of the field that makes it. */
  rest(call: string): string {
    return `@rest(service: "${this.draws.pick('plain', 'snake')}", ${call})`
  }
}
