import {
  getNamedType, GraphQLError, isAbstractType, isObjectType, Kind, OperationTypeNode, type DocumentNode, type FieldNode, type GraphQLObjectType, type GraphQLOutputType, type GraphQLResolveInfo,
  type GraphQLSchema, type OperationDefinitionNode,
} from 'graphql'
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js'
import { getArgumentValues } from 'graphql/execution/values.js'
import { SluiceError } from '../errors.ts'
import { coordinateOf, endpointOf, type Bound, type FieldBinding } from './binding.ts'

/** One field of an operation, wherever it stands, before lists multiply it. */
export interface OutlinedField {
  readonly binding: FieldBinding
  readonly node: FieldNode
  /** Names in the answer, from the root. */
  readonly path: readonly string[]
  /** Values of the arguments; null where they don't fit, which execution will say. */
  readonly arguments: Readonly<Record<string, unknown>> | null
}

/** What an operation will do, as far as its text and its variables say. */
export interface Outline {
  readonly fields: readonly OutlinedField[]
  /** The step of each field that calls, by its node: what is batched shares one with equals, any other has its own. */
  readonly steps: ReadonlyMap<string, string>
  /** Nodes that could still give members to a step. */
  readonly before: ReadonlyMap<string, ReadonlySet<string>>
}

export interface OutlineInput {
  readonly bound: Bound
  readonly operation: OperationDefinitionNode
  readonly fragments: GraphQLResolveInfo['fragments']
  readonly variables: Readonly<Record<string, unknown>>
  /** Most fields that are looked at. */
  readonly most: number
}

type Selected = ReadonlyMap<string, readonly FieldNode[]>

interface Above {
  readonly node: string
  readonly path: readonly string[]
  /** Nodes above that call, outermost first. */
  readonly calls: readonly string[]
}

/** Outlines an operation. Throws OPERATION_TOO_LARGE when interfaces and fragments multiply it beyond `most` fields. */
export function outlineOperation(input: OutlineInput): Outline {
  const { bound: { schema, fields: bindings }, operation, fragments, variables, most } = input
  const fields: OutlinedField[] = []
  const steps = new Map<string, string>()
  const before = new Map<string, Set<string>>()

  function visit(type: GraphQLObjectType, selected: Selected, above: Above): void {
    for (const [key, nodes] of selected) {
      const [node] = nodes
      const definition = node === undefined ? undefined : type.getFields()[node.name.value]
      const binding = bindings.get(`${type.name}.${node?.name.value ?? ''}`)
      if (node === undefined || definition === undefined || binding === undefined) continue
      if (fields.length >= most) throw tooLarge(most)
      const path = [...above.path, key]
      fields.push({ binding, node, path, arguments: argumentsOf(definition, node, variables) })
      const here = `${above.node}/${type.name}.${key}`
      const calls = binding.source.kind === 'data' ? above.calls : [...above.calls, here]
      if (binding.source.kind !== 'data') noteStep(here, binding, above.calls)
      for (const next of objectsOf(definition.type, schema)) {
        visit(next, collectSubfields(schema, fragments, variables, next, nodes), { node: here, path, calls })
      }
    }
  }

  function noteStep(node: string, binding: FieldBinding, calls: readonly string[]): void {
    const end = endpointOf(binding)
    const step = end.batch === null ? node : `${coordinateOf(end)}@${calls.length}`
    steps.set(node, step)
    const nodes = before.get(step) ?? new Set()
    before.set(step, nodes)
    for (const call of calls) nodes.add(call)
  }

  const root = operation.operation === OperationTypeNode.MUTATION ? schema.getMutationType() : schema.getQueryType()
  if (root) visit(root, collectFields(schema, fragments, variables, root, operation.selectionSet), { node: '', path: [], calls: [] })
  return { fields, steps, before }
}

export function fragmentsOf({ definitions }: DocumentNode): GraphQLResolveInfo['fragments'] {
  return Object.fromEntries(definitions.flatMap((each) => each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each]] : []))
}

/** The node that a resolver was called for, as the outline names it. */
export function nodeOf(path: GraphQLResolveInfo['path']): string {
  const above = path.prev === undefined ? '' : nodeOf(path.prev)
  return typeof path.key === 'number' ? above : `${above}/${path.typename ?? ''}.${path.key}`
}

function objectsOf(type: GraphQLOutputType, schema: GraphQLSchema): readonly GraphQLObjectType[] {
  const named = getNamedType(type)
  if (isObjectType(named)) return [named]
  return isAbstractType(named) ? schema.getPossibleTypes(named) : []
}

function argumentsOf(
  definition: Parameters<typeof getArgumentValues>[0], node: FieldNode, variables: Readonly<Record<string, unknown>>,
): OutlinedField['arguments'] {
  try {
    return getArgumentValues(definition, node, variables)
  } catch (thrown) {
    if (thrown instanceof GraphQLError) return null
    throw thrown
  }
}

export function tooLarge(most: number): SluiceError {
  return new SluiceError('OPERATION_TOO_LARGE', `The operation has more than ${most} fields once its fragments are written out.`)
}
