import {
  getNullableType, isAbstractType, isLeafType, isListType, isNonNullType, isObjectType, type GraphQLObjectType,
  type GraphQLOutputType,
} from 'graphql'
import type { Node } from '../../config/node.ts'
import { suggest } from '../../config/suggest.ts'
import { coordinateOf, type FieldBinding } from '../binding.ts'
import type { Naming } from '../naming.ts'
import { dataFields, type Declared } from './declared.ts'
import { cite, type Contract } from './document.ts'
import { leastOf, type Finding } from './finding.ts'
import { canBeNull, kindsOf, meant } from './form.ts'
import { leafMisfit, namesOf, type Misfit } from './leaf.ts'
import { propertyAt } from './property.ts'
import { variantsOf, type Schema, type Variant } from './schema.ts'

/** A field, and whether null is of no concern: which of several types an answer is, a contract often leaves open. */
interface About {
  readonly field: FieldBinding
  readonly loose: boolean
}

/** Holds what fields of one service give against its contract. Where a value has several forms, one that fits is enough. */
export class Shapes {
  readonly #declared: Declared
  readonly #contract: Contract
  readonly #naming: Naming
  readonly #found = new Map<string, readonly Finding[]>()

  constructor(declared: Declared, contract: Contract, naming: Naming) {
    this.#declared = declared
    this.#contract = contract
    this.#naming = naming
  }

  /** Compares a field with a call with the answer to that call. */
  compare(field: FieldBinding, answer: Schema): readonly Finding[] {
    return this.#read({ field, loose: false }, variantsOf(answer, this.#contract.root))
  }

  /** Compares what stands at a field's path in one of these forms. */
  #read(about: About, forms: readonly Variant[]): readonly Finding[] {
    const { field, loose } = about
    const property = propertyAt(forms, field.from[this.#naming], this.#contract.root)
    if (property === 'unknown') return []
    if ('missing' in property) {
      const { missing, known, node } = property
      const near = suggest(missing, known)
      const remedy = near === '' ? '; say where it is with @map(from: …), or remove the field' : near
      const message = `${coordinateOf(field)} reads "${missing}", which ${this.#by(node)} doesn't have${remedy}`
      return [{ node: this.#declare(field)?.astNode?.name, message }]
    }
    if (!loose && property.optional && isNonNullType(field.type)) return [this.#nullable(field, 'left out', field.type, property.forms)]
    return this.#fit(about, field.type, property.forms)
  }

  #fit(about: About, type: GraphQLOutputType, forms: readonly Variant[]): readonly Finding[] {
    if (!about.loose && isNonNullType(type) && forms.some(canBeNull)) return [this.#nullable(about.field, 'null', type, forms)]
    const bare = getNullableType(type)
    const given = meant(forms, isListType(bare) ? 'list' : isLeafType(bare) ? 'leaf' : 'object')
    return leastOf(given.map((form) => this.#fitForm(about, type, form)))
  }

  #fitForm(about: About, type: GraphQLOutputType, form: Variant): readonly Finding[] {
    const kinds = kindsOf(form)
    if (kinds === null) return []
    const bare = getNullableType(type)
    if (isListType(bare)) {
      if (kinds.has('array')) return this.#fit(about, bare.ofType, variantsOf(form.items, this.#contract.root))
      return [this.#misfit(about.field, form, { is: `is ${namesOf(kinds)}`, remedy: 'make it a single value' })]
    }
    if (isLeafType(bare)) {
      const misfit = leafMisfit(bare, form)
      return misfit === undefined ? [] : [this.#misfit(about.field, form, misfit)]
    }
    if (!kinds.has('object')) {
      return [this.#misfit(about.field, form, { is: `is ${namesOf(kinds)}`, remedy: kinds.has('array') ? 'make it a list' : 'make it a scalar' })]
    }
    const types = isObjectType(bare) ? [bare] : this.#declared.schema.getPossibleTypes(bare)
    return types.flatMap((each) => this.#members(each, form, about.loose || isAbstractType(bare)))
  }

  #members(type: GraphQLObjectType, form: Variant, loose: boolean): readonly Finding[] {
    const key = `${type.name} ${loose} ${form.key}`
    const known = this.#found.get(key)
    if (known !== undefined) return known
    // What comes back to the same pair below is judged here already.
    this.#found.set(key, [])
    const found = dataFields(this.#declared, type.name).flatMap((field) => this.#read({ field, loose }, [form]))
    this.#found.set(key, found)
    return found
  }

  #nullable(field: FieldBinding, how: string, type: GraphQLOutputType, forms: readonly Variant[]): Finding {
    const [what, remedy] = type === field.type ? ['it', 'it'] : ['an item of it', 'the item']
    const message = `${coordinateOf(field)} is ${String(field.type)}, but by ${this.#by(forms[0]?.node)} ${what} can be ${how}; make ${remedy} ${String(getNullableType(type))}`
    return { node: this.#declare(field)?.astNode?.type, message }
  }

  #misfit(field: FieldBinding, { node }: Variant, { is, remedy }: Misfit): Finding {
    const message = `${coordinateOf(field)} is ${String(field.type)}, but by ${this.#by(node)} it ${is}; ${remedy}`
    return { node: this.#declare(field)?.astNode?.type, message }
  }

  #by(node: Node | null | undefined): string {
    const place = node === null || node === undefined ? '' : ` ${cite(node)}`
    return `the contract of "${this.#contract.service}"${place}`
  }

  #declare({ parent, name }: FieldBinding) {
    const type = this.#declared.schema.getType(parent)
    return isObjectType(type) ? type.getFields()[name] : undefined
  }
}
