import { GraphQLError } from 'graphql'
import { getArgumentValues } from 'graphql/execution/values.js'
import type { Logger } from 'pino'
import type { Identity } from '../../identity.ts'
import { denialOf } from '../access.ts'
import { maskThrown } from '../graphql-error.ts'
import { keysGiven, mostItems } from '../row.ts'
import type { Plan, PlanField } from './plan.ts'

type Arguments = Readonly<Record<string, unknown>>

/** What a run knows of its fields before it begins, each list by the field's index. */
export interface Given {
  /** Values of the arguments; null where they don't fit. */
  readonly arguments: readonly (Arguments | null)[]
  /** Why a field can't be had at all. */
  readonly refusals: readonly (GraphQLError | undefined)[]
  /** How long the field's list can be; null where nothing says so, 0 where it can't be had. */
  readonly longest: readonly (number | null)[]
  /** How many keys the client gives for the field to look up; null where they come from elsewhere, 0 where it can't be had. */
  readonly keys: readonly (number | null)[]
}

/** Evaluates what does not depend on any answer: arguments, who may have what, and how long lists can be. */
export function givenOf(
  { fields }: Plan, variables: Arguments, identity: Identity, log: Pick<Logger, 'error'>,
): Given {
  const given = {
    arguments: [] as (Arguments | null)[],
    refusals: [] as (GraphQLError | undefined)[],
    longest: [] as (number | null)[],
    keys: [] as (number | null)[],
  }
  for (const field of fields) {
    const args = argumentsOf(field, variables)
    const fits = !(args instanceof GraphQLError)
    given.arguments.push(fits ? args : null)
    given.refusals.push(fits ? refusalOf(field, identity, log) : args)
    given.longest.push(fits ? mostItems(field.binding, args) : 0)
    given.keys.push(fits ? keysGiven(field.binding, args) : 0)
  }
  return given
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
