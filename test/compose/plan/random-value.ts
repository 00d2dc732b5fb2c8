import {
  getNullableType, GraphQLBoolean, GraphQLFloat, GraphQLInt, GraphQLString, isAbstractType, isEnumType, isLeafType, isListType,
  isNonNullType, type GraphQLAbstractType, type GraphQLLeafType, type GraphQLOutputType, type GraphQLSchema,
} from 'graphql'
import type { Bound, FieldBinding } from '../../../src/compose/binding.ts'
import type { Naming } from '../../../src/compose/naming.ts'
import { isObject } from '../../../src/compose/row.ts'
import { drawKey, type Draws } from './draws.ts'

/** How deep objects and lists are within each other before they end. */
const deepest = 4

/** Decides what goes wrong, and counts it. */
export class Faults {
  readonly #percent: number
  count = 0

  constructor(percent: number) {
    this.#percent = percent
  }

  next(draws: Draws): boolean {
    const wrong = draws.chance(this.#percent)
    if (wrong) this.count += 1
    return wrong
  }
}

/** What objects have of their own, by type. */
export interface Shapes {
  readonly schema: GraphQLSchema
  readonly types: Bound['types']
  readonly fields: ReadonlyMap<string, readonly FieldBinding[]>
}

export function shapesOf({ schema, fields, types }: Bound): Shapes {
  const own = [...fields.values()].filter(({ source }) => source.kind === 'data')
  return { schema, types, fields: Map.groupBy(own, ({ parent }) => parent) }
}

/** Makes values as a service writes them: mostly what the schema asks for. */
export class RandomValues {
  readonly #shapes: Shapes
  readonly #naming: Naming
  readonly #draws: Draws
  readonly #faults: Faults

  constructor(shapes: Shapes, naming: Naming, draws: Draws, faults: Faults) {
    this.#shapes = shapes
    this.#naming = naming
    this.#draws = draws
    this.#faults = faults
  }

  value(type: GraphQLOutputType, depth = deepest): unknown {
    const draws = this.#draws
    if (this.#faults.next(draws)) return wrongValue(draws)
    const bare = getNullableType(type)
    if (!isNonNullType(type) && draws.chance(8)) return null
    if (isListType(bare)) return Array.from({ length: this.#length(depth) }, () => this.value(bare.ofType, depth - 1))
    if (isLeafType(bare)) return leafOf(bare, draws)
    if (depth <= 0) return null
    return isAbstractType(bare) ? this.#oneOf(bare, depth - 1) : this.object(bare.name, depth - 1)
  }

  /** An object with all that its type reads of its own data. */
  object(type: string, depth = deepest): object {
    const object = {}
    for (const { from, type: of } of this.#shapes.fields.get(type) ?? []) {
      if (!this.#draws.chance(2)) put(object, from[this.#naming], this.value(of, depth))
    }
    return object
  }

  #length(depth: number): number {
    if (depth <= 0 || this.#draws.chance(10)) return 0
    return this.#faults.next(this.#draws) ? 6 : 1 + this.#draws.below(3)
  }

  #oneOf(type: GraphQLAbstractType, depth: number): object {
    const name = this.#draws.pickFrom(this.#shapes.schema.getPossibleTypes(type))?.name ?? ''
    const object = this.object(name, depth)
    const wrong = this.#faults.next(this.#draws)
    const { from = { 'as-is': [], 'snake_case': [] }, names = null } = this.#shapes.types.get(type.name) ?? {}
    const told = names === null ? name : [...names].find(([, each]) => each === name)?.[0]
    put(object, from[this.#naming], wrong ? this.#draws.pickFrom(['Nothing', 'constructor', 'Query', 'Alike', 'T0', 'S0', 9, null, {}]) : told)
    return object
  }
}

/** Writes a value at a path, whatever the names are; objects on the way are replaced, for others may have them too. */
export function put(object: object, [name, ...rest]: readonly string[], value: unknown): void {
  if (name === undefined) return
  const known: unknown = Object.hasOwn(object, name) ? Reflect.get(object, name) : undefined
  const inner = isObject(known) ? { ...known } : {}
  if (rest.length > 0) put(inner, rest, value)
  Object.defineProperty(object, name, { value: rest.length > 0 ? inner : value, enumerable: true, configurable: true, writable: true })
}

function leafOf(type: GraphQLLeafType, draws: Draws): unknown {
  if (isEnumType(type)) return draws.pickFrom(type.getValues())?.name
  if (type === GraphQLInt) return draws.below(5)
  if (type === GraphQLFloat) return draws.pick(1.5, 2, -0.25, 1e21)
  if (type === GraphQLBoolean) return draws.chance(50)
  if (type === GraphQLString) return draws.chance(30) ? String(drawKey(draws)) : draws.pick('text', '', 'ü "quoted"', '\u2028')
  return type.name === 'Json' ? wrongValue(draws) : drawKey(draws)
}

const values: readonly unknown[] = [
  null, undefined, 'wrong', '5', 9, 1.5, 1e40, -0, true, [], [null], [[1]], [{ id: 1, __typename: 'T0' }],
  {}, { constructor: 1, valueOf: 'x' }, { __typename: 'T0', id: 'a' },
]

/** Anything that JSON can say, without regard to a type. */
function wrongValue(draws: Draws): unknown {
  return draws.pickFrom(values)
}
