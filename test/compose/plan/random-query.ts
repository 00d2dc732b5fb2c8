import {
  doTypesOverlap, getNamedType, GraphQLBoolean, GraphQLNonNull, isCompositeType, isObjectType, isRequiredArgument, isUnionType,
  type GraphQLCompositeType, type GraphQLField, type GraphQLInterfaceType, type GraphQLNamedType, type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql'
import type { Draws } from './draws.ts'
import { randomInput, writeInput } from './random-input.ts'
import { RandomVariables } from './random-variables.ts'

export interface RandomQuery {
  readonly text: string
  readonly variables: Readonly<Record<string, unknown>>[]
}

/** A valid operation of a schema by random choices, and values to ask it with, several times. */
export function randomQuery(schema: GraphQLSchema, draws: Draws): RandomQuery {
  return new QueryWriter(schema, draws).write()
}

interface Fragment {
  readonly name: string
  readonly on: GraphQLCompositeType
  readonly text: string
}

const aliases = ['a', 'b', 'constructor', '__proto__', 'toString'] as const
const deepest = 5

class QueryWriter {
  readonly #schema: GraphQLSchema
  readonly #draws: Draws
  readonly #variables: RandomVariables
  readonly #fragments: Fragment[] = []
  /** What stands under a name of the answer, wherever it does: its type, and what is asked for it of each type. */
  readonly #named = new Map<string, { readonly type: string, readonly asked: Map<GraphQLNamedType, string> }>()
  /** Selections that may still be written for a root field, so that what nests stays small. */
  #left = 0

  constructor(schema: GraphQLSchema, draws: Draws) {
    this.#schema = schema
    this.#draws = draws
    this.#variables = new RandomVariables(draws)
  }

  write(): RandomQuery {
    const mutation = this.#draws.chance(50) ? this.#schema.getMutationType() : undefined
    const type = mutation ?? this.#schema.getQueryType()
    if (!type) throw new Error('the schema has no Query')
    const body = this.#selection(type, deepest)
    const fragments = this.#fragments.map(({ name, on, text }) => `\nfragment ${name} on ${on.name} ${text}`)
    return {
      text: `${mutation ? 'mutation' : 'query'} Random${this.#variables.write()} ${body}${fragments.join('')}`,
      variables: this.#draws.several(1, this.#draws.pick(1, 1, 2), () => this.#variables.values()),
    }
  }

  #selection(type: GraphQLCompositeType, depth: number): string {
    const parts = this.#draws.several(depth === deepest ? 2 : 1, 4, () => this.#part(type, depth)).filter((part) => part !== '')
    const short = parts.filter(({ length }) => length < 200)
    if (this.#draws.chance(20)) parts.push(...short.slice(0, 1))
    return `{ ${parts.length === 0 ? this.#typename(type) : parts.join(' ')} }`
  }

  #part(type: GraphQLCompositeType, depth: number): string {
    if (depth === deepest) this.#left = this.#draws.pick(6, 12, 18)
    if (this.#left <= 0) return ''
    this.#left -= 1
    if (this.#draws.chance(10)) return this.#inline(type, depth)
    if (this.#draws.chance(10)) return this.#spread(type, depth)
    if (isUnionType(type)) return this.#draws.chance(30) ? this.#typename(type) : this.#inline(type, depth)
    return this.#draws.chance(8) ? this.#typename(type) : this.#field(type, depth)
  }

  #field(type: GraphQLObjectType | GraphQLInterfaceType, depth: number): string {
    const fields = Object.values(type.getFields())
    const [objects, leaves] = [true, false].map((object) => fields.filter((each) => isCompositeType(getNamedType(each.type)) === object))
    const field = this.#draws.pickFrom((depth <= 1 ? leaves : this.#draws.chance(50) ? objects : fields) ?? fields)
    if (field === undefined) return ''
    const asked = `${field.name}${this.#arguments(field)}`
    const label = this.#label(type, field, asked)
    const named = getNamedType(field.type)
    return `${label}${asked}${this.#switch()}${isCompositeType(named) ? ` ${this.#selection(named, depth - 1)}` : ''}`
  }

  #typename(type: GraphQLCompositeType): string {
    return `${this.#label(type, { name: '__typename', type: 'String!' }, '__typename')}__typename`
  }

  /** An alias, where the field's own name is taken by something else or by chance. */
  #label(parent: GraphQLCompositeType, { name, type }: { readonly name: string, readonly type: unknown }, asked: string): string {
    const wanted = this.#draws.chance(25) ? this.#draws.pick(...aliases) : name
    const free = [wanted, ...aliases].find((key) => this.#fits(key, parent, String(type), asked)) ?? `x${this.#named.size}`
    const known = this.#named.get(free) ?? { type: String(type), asked: new Map() }
    known.asked.set(parent, asked)
    this.#named.set(free, known)
    return free === name ? '' : `${free}: `
  }

  /** Different objects may give different things the same name, if they have the same type. */
  #fits(key: string, parent: GraphQLCompositeType, type: string, asked: string): boolean {
    const known = this.#named.get(key)
    if (known === undefined) return true
    return known.type === type && [...known.asked].every(([other, text]) => {
      return text === asked || (other !== parent && isObjectType(other) && isObjectType(parent))
    })
  }

  #arguments({ args }: GraphQLField<unknown, unknown>): string {
    const texts = args.filter((each) => isRequiredArgument(each) || this.#draws.chance(70)).map(({ name, type }) => {
      const value = this.#draws.chance(40) ? this.#variables.use(type) : writeInput(randomInput(type, this.#draws), type)
      return `${name}: ${value}`
    })
    return texts.length === 0 ? '' : `(${texts.join(', ')})`
  }

  #switch(): string {
    if (!this.#draws.chance(12)) return ''
    const value = this.#draws.chance(70) ? this.#variables.use(switchType) : String(this.#draws.chance(50))
    return this.#draws.chance(50) ? ` @include(if: ${value})` : ` @skip(if: ${value})`
  }

  #inline(type: GraphQLCompositeType, depth: number): string {
    const on = this.#draws.chance(20) && !isUnionType(type) ? type : this.#within(type)
    const condition = on === type && this.#draws.chance(50) ? '' : ` on ${on.name}`
    return `...${condition}${this.#switch()} ${this.#selection(on, depth)}`
  }

  #spread(type: GraphQLCompositeType, depth: number): string {
    const fits = this.#fragments.filter(({ on }) => doTypesOverlap(this.#schema, on, type))
    const again = this.#draws.chance(50) ? this.#draws.pickFrom(fits) : undefined
    if (again !== undefined) return `...${again.name}${this.#switch()}`
    const on = this.#within(type)
    const text = this.#selection(on, depth)
    const name = `F${this.#fragments.length}`
    this.#fragments.push({ name, on, text })
    return `...${name}${this.#switch()}`
  }

  /** A type that some of the objects of this one can have. */
  #within(type: GraphQLCompositeType): GraphQLCompositeType {
    const fits = Object.values(this.#schema.getTypeMap()).filter(isCompositeType).filter((each) => doTypesOverlap(this.#schema, each, type))
    return this.#draws.pickFrom(this.#draws.chance(70) ? fits.filter(isObjectType) : fits) ?? type
  }
}

const switchType = new GraphQLNonNull(GraphQLBoolean)
