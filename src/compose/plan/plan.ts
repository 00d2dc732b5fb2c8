import type { FieldNode, GraphQLField, OperationDefinitionNode } from 'graphql'
import type { BatchedField } from '../batch.ts'
import type { FieldBinding } from '../binding.ts'
import type { Read } from '../reader.ts'
import type { End } from '../source.ts'
import type { Selections } from './select.ts'
import type { Member } from './member.ts'

/** Where rows come from. */
export interface Rows {
  /** The call whose answer they stand in; null in the root. */
  readonly parent: CallNode | null
  /** The lists between that answer and them, outermost first, the parent's own one included. */
  readonly lists: readonly PlanField[]
}

/** A field of the answer, wherever it stands, before lists multiply it. */
export interface PlanField extends Rows {
  /** Its place in what a run holds for each field. */
  readonly index: number
  readonly binding: FieldBinding
  readonly definition: GraphQLField<unknown, unknown>
  /** Where the document selects it; several selections of one name are one field. */
  readonly nodes: readonly FieldNode[]
  /** Names in the answer, from the root. */
  readonly path: readonly string[]
}

/** A field that calls. Each of its rows has an entry, and equal rows share one. */
export interface CallNode extends Rows {
  readonly index: number
  readonly field: PlanField
  /** Where its value comes from, and the parts of that where it is found by key. */
  readonly end: End
  readonly batched: BatchedField | undefined
  /** Values of a row that its expressions read, by field. */
  readonly reads: readonly (readonly [string, Read])[]
  readonly step: Step
  /** Whether equal rows may share a call: under Mutation they may not, unless keys are collected. */
  readonly shares: boolean
}

/** What goes out together: fields that one root field finds by key, after equally many calls; any other call is alone. */
export interface Step {
  readonly index: number
  readonly nodes: CallNode[]
  /** Whether keys are collected until every step before has ended. */
  readonly batched: boolean
  /** Steps whose answers could still give it rows. */
  readonly after: Set<Step>
  readonly followers: Set<Step>
}

/** An operation, compiled: what is called after what, and what is written of the answers. */
export interface Plan {
  readonly operation: OperationDefinitionNode
  readonly mutation: boolean
  /** Whether it asks for the schema, too, which graphql-js answers; the plan is then only for what it can come to. */
  readonly introspects: boolean
  /** Whether code resolves some of its fields, which graphql-js asks; the plan is then only for what it can come to. */
  readonly coded: boolean
  /** The root fields, in the order of the document. */
  readonly members: readonly Member[]
  readonly fields: readonly PlanField[]
  readonly nodes: readonly CallNode[]
  readonly steps: readonly Step[]
  readonly selections: Selections
}
