import { GraphQLError } from 'graphql'
import { getArgumentValues } from 'graphql/execution/values.js'
import type { Logger } from 'pino'
import type { Identity } from '../../identity.ts'
import { denialOf } from '../access.ts'
import { maskThrown } from '../graphql-error.ts'
import { keysGiven, mostItems } from '../row.ts'
import type { Plan, PlanField } from './plan.ts'

type Arguments = Readonly<Record<string, unknown>>

/** What variables make of a plan's fields, each list by the field's index. */
export interface Asked {
  /** Values of the arguments; null where they don't fit. */
  readonly arguments: readonly (Arguments | null)[]
  /** Why they don't. */
  readonly misfits: readonly (GraphQLError | undefined)[]
  /** How long the field's list can be; null where nothing says so, 0 where it can't be had. */
  readonly longest: readonly (number | null)[]
  /** How many keys the client gives for the field to look up; null where they come from elsewhere, 0 where it can't be had. */
  readonly keys: readonly (number | null)[]
}

/** What a run knows of its fields before it begins. */
export interface Given extends Asked {
  /** Why a field can't be had at all. */
  readonly refusals: readonly (GraphQLError | undefined)[]
}

/** Evaluates what depends on nothing but variables: arguments, and how long lists can be. */
export function askedOf({ fields }: Plan, variables: Arguments): Asked {
  const read = fields.map((field) => argumentsOf(field, variables))
  const args = read.map((each) => each instanceof GraphQLError ? null : each)
  return {
    arguments: args,
    misfits: read.map((each) => each instanceof GraphQLError ? each : undefined),
    longest: fields.map(({ binding, index }) => sized(args[index], (fitting) => mostItems(binding, fitting))),
    keys: fields.map(({ binding, index }) => sized(args[index], (fitting) => keysGiven(binding, fitting))),
  }
}

function sized(args: Arguments | null | undefined, size: (args: Arguments) => number | null): number | null {
  return args ? size(args) : 0
}

/** Adds who may have what. */
export function givenOf({ fields }: Plan, asked: Asked, identity: Identity, log: Pick<Logger, 'error'>): Given {
  const refusals = fields.map((field) => asked.misfits[field.index] ?? refusalOf(field, identity, log))
  return { arguments: asked.arguments, misfits: asked.misfits, longest: asked.longest, keys: asked.keys, refusals }
}

const none: Arguments = Object.freeze({})

function argumentsOf({ definition, nodes: [node] }: PlanField, variables: Arguments): Arguments | GraphQLError {
  if (definition.args.length === 0 || node === undefined) return none
  try {
    return getArgumentValues(definition, node, variables)
  } catch (thrown) {
    if (thrown instanceof GraphQLError) return thrown
    throw thrown
  }
}

function refusalOf({ binding }: PlanField, identity: Identity, log: Pick<Logger, 'error'>): GraphQLError | undefined {
  const refusal = denialOf(binding, identity)
  return refusal === undefined ? undefined : maskThrown(refusal, log)
}
