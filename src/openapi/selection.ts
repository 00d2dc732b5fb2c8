import {
  getNullableType, isAbstractType, isCompositeType, isListType, isNonNullType, isObjectType, Kind, type FieldNode, type FragmentDefinitionNode,
  type GraphQLCompositeType, type GraphQLObjectType, type GraphQLOutputType, type GraphQLSchema, type SelectionNode, type SelectionSetNode,
} from 'graphql'
import type { Face } from '../compose/face/face.ts'
import { nullable, type Components, type Json } from './json.ts'
import { described, leafSchema } from './types.ts'

/** One field of an answer, with every place that selects it. */
interface Selected {
  readonly nodes: FieldNode[]
  /** Whether it is there whatever the variables say. */
  always: boolean
}

/** Says what the JSON of an operation's answer looks like, by what it selects. */
export class SelectionSchemas {
  readonly #schema: GraphQLSchema
  readonly #components: Components
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>

  constructor(schema: GraphQLSchema, { document }: Pick<Face, 'document'>, components: Components) {
    this.#schema = schema
    this.#components = components
    this.#fragments = new Map(document.definitions.flatMap((each): [string, FragmentDefinitionNode][] => {
      return each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each]] : []
    }))
  }

  /** An object of the fields that are selected of a type. */
  objectOf(type: GraphQLObjectType, sets: readonly SelectionSetNode[]): Json {
    const selected = new Map<string, Selected>()
    for (const set of sets) this.#collect(set, type, true, selected)
    const properties = [...selected].map(([key, { nodes }]) => [key, this.#fieldOf(type, nodes)] as const)
    const required = [...selected].filter(([, { always }]) => always).map(([key]) => key)
    return { type: 'object', properties: Object.fromEntries(properties), ...required.length === 0 ? {} : { required } }
  }

  #collect({ selections }: SelectionSetNode, type: GraphQLObjectType, always: boolean, selected: Map<string, Selected>): void {
    for (const selection of selections) {
      const sure = always && !isConditional(selection)
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value
        const known = selected.get(key) ?? { nodes: [], always: false }
        known.nodes.push(selection)
        known.always ||= sure
        selected.set(key, known)
        continue
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragments.get(selection.name.value)
      const condition = fragment?.typeCondition?.name.value ?? type.name
      if (fragment !== undefined && this.#fits(type, condition)) this.#collect(fragment.selectionSet, type, sure, selected)
    }
  }

  #fits(type: GraphQLObjectType, condition: string): boolean {
    const named = this.#schema.getType(condition)
    return type.name === condition || (isAbstractType(named) && this.#schema.isSubType(named, type))
  }

  #fieldOf(type: GraphQLObjectType, nodes: readonly FieldNode[]): Json {
    const name = nodes[0]?.name.value ?? ''
    if (name === '__typename') return { const: type.name }
    const field = type.getFields()[name]
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? [])
    return field === undefined ? {} : described(this.valueOf(field.type, sets), field)
  }

  /** A value of a type, of which so much is selected. */
  valueOf(type: GraphQLOutputType, sets: readonly SelectionSetNode[]): Json {
    const bare = getNullableType(type)
    const schema = isListType(bare) ? { type: 'array', items: this.valueOf(bare.ofType, sets) }
      : isCompositeType(bare) ? this.#compositeOf(bare, sets)
        : leafSchema(bare, this.#components)
    return isNonNullType(type) ? schema : nullable(schema)
  }

  #compositeOf(type: GraphQLCompositeType, sets: readonly SelectionSetNode[]): Json {
    const types = isObjectType(type) ? [type] : this.#schema.getPossibleTypes(type)
    const shapes = types.map((each) => this.objectOf(each, sets))
    const different = [...new Map(shapes.map((shape) => [JSON.stringify(shape), shape])).values()]
    return different.length === 1 ? different[0] ?? {} : { anyOf: different }
  }
}

function isConditional({ directives = [] }: SelectionNode): boolean {
  return directives.some(({ name }) => name.value === 'skip' || name.value === 'include')
}
