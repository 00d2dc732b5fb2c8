import {
  getNullableType, isAbstractType, isLeafType, isListType, isNonNullType, isObjectType, OperationTypeNode,
  type FieldNode, type GraphQLObjectType, type GraphQLOutputType, type GraphQLResolveInfo, type OperationDefinitionNode,
} from 'graphql'
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js'
import { batchedField } from '../batch.ts'
import { coordinateOf, type Bound, type FieldBinding } from '../binding.ts'
import { tooLarge } from '../outline.ts'
import { coded, type Origin } from '../row.ts'
import { CallMember, DataMember, TypenameMember, type Member } from './member.ts'
import type { CallNode, Plan, PlanField, Step } from './plan.ts'
import { compileRead, type Read } from '../reader.ts'
import { endOf } from '../source.ts'
import { selectionsOf } from './select.ts'
import { AbstractShape, LeafShape, ListShape, ObjectShape, type Shape } from './shape.ts'

export interface PlanInput {
  readonly bound: Bound
  readonly operation: OperationDefinitionNode
  readonly fragments: GraphQLResolveInfo['fragments']
  /** Values of the variables that @skip and @include read; others make no difference. */
  readonly variables: Readonly<Record<string, unknown>>
  /** Most fields that are compiled. */
  readonly most: number
}

/**
 * Compiles an operation; null where the schema has no such root. Throws OPERATION_TOO_LARGE when interfaces and fragments multiply it beyond `most` fields.
 */
export function compilePlan(input: PlanInput): Plan | null {
  const { bound: { schema }, operation, fragments, variables } = input
  const mutation = operation.operation === OperationTypeNode.MUTATION
  const type = mutation ? schema.getMutationType() : schema.getQueryType()
  if (!type) return null
  const selected = collectFields(schema, fragments, variables, type, operation.selectionSet)
  const introspects = [...selected.values()].some(([node]) => node?.name.value === '__schema' || node?.name.value === '__type')
  const compiler = new Compiler(input, mutation)
  const members = compiler.members(type, selected, outside)
  const coded = compiler.fields.some(({ binding }) => binding.source.kind === 'code')
  const { fields, nodes, steps } = compiler
  const selections = selectionsOf({ fields, nodes, types: input.bound.types })
  return { operation, mutation, introspects, coded, members, fields, nodes, steps, selections }
}

/** Whose answer a row stands in, and what is between that answer and the row. */
interface Above {
  readonly parent: CallNode | null
  readonly origin: Origin
  readonly path: readonly string[]
  /** Lists since the parent's own. */
  readonly lists: readonly PlanField[]
  readonly depth: number
}

/** Root fields stand in no answer. */
const outside: Above = { parent: null, origin: { service: '', naming: 'as-is' }, path: [], lists: [], depth: 0 }

type Selected = ReadonlyMap<string, readonly FieldNode[]>

class Compiler {
  readonly fields: PlanField[] = []
  readonly nodes: CallNode[] = []
  readonly steps: Step[] = []
  readonly #input: PlanInput
  readonly #mutation: boolean
  readonly #batched = new Map<string, Step>()

  constructor(input: PlanInput, mutation: boolean) {
    this.#input = input
    this.#mutation = mutation
  }

  members(type: GraphQLObjectType, selected: Selected, above: Above): Member[] {
    const { bound, most } = this.#input
    return [...selected].flatMap(([key, nodes]): Member[] => {
      const name = nodes[0]?.name.value ?? ''
      if (name === '__typename') return [new TypenameMember(key, type.name)]
      const binding = bound.fields.get(`${type.name}.${name}`)
      const definition = type.getFields()[name]
      if (binding === undefined || definition === undefined) return []
      if (this.fields.length >= most) throw tooLarge(most)
      const field: PlanField = { index: this.fields.length, binding, definition, nodes, path: [...above.path, key], parent: above.parent, lists: above.lists }
      this.fields.push(field)
      return [binding.source.kind === 'data' ? this.#data(key, field, above) : this.#call(key, field, above)]
    })
  }

  #data(key: string, field: PlanField, above: Above): Member {
    const read = compileRead(field.binding, above.origin.naming)
    return new DataMember(key, this.#shape(field, field.definition.type, above, true), read)
  }

  #call(key: string, field: PlanField, above: Above): Member {
    const { binding } = field
    const end = endOf(binding)
    const origin = originOf(end.field)
    const step = this.#step(end.field, above)
    const node: CallNode = {
      index: this.nodes.length,
      field,
      end,
      batched: end.keys !== null || end.field === binding ? batchedField(end.field) : undefined,
      reads: binding.reads.map((read) => [read.name, compileRead(read, above.origin.naming)] as const),
      parent: above.parent,
      step,
      lists: above.lists,
      shares: end.field.source.kind === 'call' && (!this.#mutation || step.batched),
    }
    this.nodes.push(node)
    step.nodes.push(node)
    const below = { parent: node, origin, path: field.path, lists: [], depth: above.depth + 1 }
    return new CallMember(key, node, this.#shape(field, field.definition.type, below, true), inputOf(node))
  }

  #step(end: FieldBinding, { depth, parent }: Above): Step {
    const name = `${coordinateOf(end)}@${depth}`
    const known = end.batch === null ? undefined : this.#batched.get(name)
    const step = known ?? { index: this.steps.length, nodes: [], batched: end.batch !== null, after: new Set(), followers: new Set() }
    if (known === undefined) this.steps.push(step)
    if (end.batch !== null) this.#batched.set(name, step)
    if (parent !== null) {
      step.after.add(parent.step)
      parent.step.followers.add(step)
    }
    return step
  }

  #shape(field: PlanField, type: GraphQLOutputType, above: Above, outermost: boolean): Shape {
    const nonNull = isNonNullType(type)
    const bare = getNullableType(type)
    if (isListType(bare)) {
      const lists = [...above.lists, field]
      const item = this.#shape(field, bare.ofType, { ...above, lists }, false)
      return new ListShape(field, nonNull, item, above.origin, outermost)
    }
    if (isLeafType(bare)) return new LeafShape(field, nonNull, bare)
    if (isObjectType(bare)) return this.#object(field, nonNull, bare, above)
    if (!isAbstractType(bare)) throw new Error(`${String(type)} has no shape`)
    const { schema, types: rules } = this.#input.bound
    const rule = rules.get(bare.name)
    if (rule === undefined) throw new Error(`nothing says which type a ${bare.name} is`)
    const types = schema.getPossibleTypes(bare)
    return new AbstractShape(field, nonNull, new Map(types.map((each) => [each.name, this.#object(field, true, each, above)])), rule, above.origin)
  }

  #object(field: PlanField, nonNull: boolean, type: GraphQLObjectType, above: Above): ObjectShape {
    const { bound: { schema }, fragments, variables } = this.#input
    const selected = collectSubfields(schema, fragments, variables, type, field.nodes)
    const members = this.members(type, selected, { ...above, path: field.path })
    return new ObjectShape(field, nonNull, members, members.some(({ calls }) => calls), above.origin)
  }
}

/** Whose names the answer of a field has. */
function originOf(end: FieldBinding): Origin {
  if (end.source.kind === 'code') return coded
  if (end.source.kind !== 'call') throw new Error(`${coordinateOf(end)} makes no call`)
  const { service, naming } = end.source.call
  return { service, naming }
}

/** What tells rows apart: the values that the call reads of them, or, where nothing is shared, the row itself. */
function inputOf({ reads, shares }: Pick<CallNode, 'reads' | 'shares'>): Read {
  const [first, second] = reads
  if (!shares) return (data) => data
  if (first === undefined) return () => null
  const [, read] = first
  if (second === undefined) {
    return (data) => {
      const value = read(data)
      return isTold(value) ? value : data
    }
  }
  return (data) => {
    const values = reads.map(([, each]) => each(data))
    return values.every(isTold) ? JSON.stringify(values) : data
  }
}

/** Whether a value's text tells it from any other. Lists and objects could be nested too deep for a text, and their rows share calls all the same. */
function isTold(value: unknown): boolean {
  return typeof value === 'number' ? Number.isFinite(value) : typeof value !== 'object' || value === null
}
