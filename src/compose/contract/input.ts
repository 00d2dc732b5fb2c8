import {
  getNullableType, GraphQLBoolean, GraphQLFloat, GraphQLID, GraphQLInt, GraphQLString, isEnumType, isInputObjectType, isLeafType, isListType,
  type ASTNode, type GraphQLInputObjectType, type GraphQLInputType,
} from 'graphql'
import { suggest } from '../../config/suggest.ts'
import { serviceName, type Naming } from '../naming.ts'
import { cite, type Contract } from './document.ts'
import { leastOf, type Finding } from './finding.ts'
import { isOpen, kindsOf, meant } from './form.ts'
import { namesOf } from './leaf.ts'
import { variantsOf, type Schema, type Variant } from './schema.ts'

/** How a value travels: in a URL everything is text. */
export type Carrier = 'url' | 'json'

/** JSON types that can be asked for where a scalar is sent; other scalars can be anything. */
const sent: Readonly<Record<Carrier, ReadonlyMap<GraphQLInputType, readonly string[]>>> = {
  json: new Map<GraphQLInputType, readonly string[]>([
    [GraphQLString, ['string']], [GraphQLID, ['string']], [GraphQLInt, ['integer', 'number']], [GraphQLFloat, ['number', 'integer']],
    [GraphQLBoolean, ['boolean']],
  ]),
  url: new Map<GraphQLInputType, readonly string[]>([
    [GraphQLString, ['string', 'integer', 'number', 'boolean']], [GraphQLID, ['string', 'integer', 'number']],
    [GraphQLInt, ['integer', 'number', 'string']], [GraphQLFloat, ['number', 'integer', 'string']], [GraphQLBoolean, ['boolean', 'string']],
  ]),
}

/** What is sent: `{input}` or `OrderInput.lines`, and where it is declared. */
export interface Sent {
  readonly name: string
  readonly node: ASTNode | null | undefined
}

/** Holds what clients may give against what a contract takes. Where it takes several forms, one that fits is enough. */
export class Inputs {
  readonly #contract: Contract
  readonly #naming: Naming
  readonly #above = new Set<string>()

  constructor(contract: Contract, naming: Naming) {
    this.#contract = contract
    this.#naming = naming
  }

  fit(given: Sent, type: GraphQLInputType, schema: Schema, carrier: Carrier): readonly Finding[] {
    const bare = getNullableType(type)
    const forms = meant(variantsOf(schema, this.#contract.root), isListType(bare) ? 'list' : isLeafType(bare) ? 'leaf' : 'object')
    return leastOf(forms.map((form) => this.#fitForm(given, type, form, carrier)))
  }

  #fitForm(given: Sent, type: GraphQLInputType, form: Variant, carrier: Carrier): readonly Finding[] {
    const kinds = kindsOf(form)
    if (kinds === null) return []
    const bare = getNullableType(type)
    if (isListType(bare)) {
      if (kinds.has('array')) return this.fit(given, bare.ofType, form.items, carrier)
      // Lists in a URL are often declared as the text that they are written as.
      return carrier === 'url' && kinds.has('string') ? [] : [this.#misfit(given, type, form)]
    }
    // One value in a URL is a list of one.
    if (carrier === 'url' && kinds.has('array')) return this.fit(given, type, form.items, carrier)
    if (isInputObjectType(bare)) return kinds.has('object') ? this.#members(bare, form) : [this.#misfit(given, type, form)]
    if (isEnumType(bare)) return this.#values(given, type, bare.getValues().map(({ name }) => name), form)
    const fitting = sent[carrier].get(bare)
    return fitting === undefined || fitting.some((kind) => kinds.has(kind)) ? [] : [this.#misfit(given, type, form)]
  }

  #members(type: GraphQLInputObjectType, form: Variant): readonly Finding[] {
    const key = `${type.name} ${form.key}`
    if (this.#above.has(key)) return []
    this.#above.add(key)
    const found = Object.values(type.getFields()).flatMap((field) => {
      const given = { name: `${type.name}.${field.name}`, node: field.astNode?.name }
      return this.member(given, serviceName(field.name, this.#naming), form, (schema) => this.fit(given, field.type, schema, 'json'))
    })
    this.#above.delete(key)
    return found
  }

  /** Judges one member of an object of this form: whether there is one, and then its value. */
  member(given: Sent, name: string, form: Variant, judge: (schema: Schema) => readonly Finding[]): readonly Finding[] {
    const schema = form.properties.get(name)
    if (schema !== undefined) return judge(schema)
    if (isOpen(form)) return []
    const near = suggest(name, form.properties.keys())
    const remedy = near === '' ? `; it takes ${[...form.properties.keys()].join(', ')}` : near
    return [{ node: given.node, message: `${given.name} is sent as "${name}", which ${this.#by(form)} doesn't take${remedy}` }]
  }

  /** Judges values of an enum, or a constant. */
  #values(given: Sent, type: GraphQLInputType, values: readonly string[], form: Variant): readonly Finding[] {
    if (kindsOf(form)?.has('string') !== true) return [this.#misfit(given, type, form)]
    const unknown = form.values === null ? undefined : values.find((value) => form.values?.includes(value) !== true)
    if (unknown === undefined) return []
    const known = form.values?.filter((value) => typeof value === 'string') ?? []
    const near = suggest(unknown, known)
    const remedy = near === '' ? `; it takes ${known.join(', ')}` : near
    return [{ node: given.node, message: `${given.name} can be "${unknown}", which ${this.#by(form)} doesn't take${remedy}` }]
  }

  #misfit({ name, node }: Sent, type: GraphQLInputType, form: Variant): Finding {
    const kinds = namesOf(kindsOf(form) ?? new Set())
    return { node, message: `${name} is ${String(getNullableType(type))}, but ${this.#by(form)} takes ${kinds} there; let the types agree` }
  }

  #by({ node }: Variant): string {
    return `the contract of "${this.#contract.service}"${node === null ? '' : ` ${cite(node)}`}`
  }
}
