import { chainOf, type FieldSource } from '../binding.ts'
import type { Reference } from '../expression.ts'
import type { Plan } from '../plan/plan.ts'
import { remembered } from '../remembered.ts'

/** What a plan's calls depend on, whatever is asked with it. */
export interface Reach {
  /** The services that it can call. */
  readonly services: readonly string[]
  /** What its expressions read of the identity. */
  readonly identity: readonly Reference[]
  /** Whether nothing but GETs can come of it. */
  readonly reads: boolean
  /** Whether all that its values depend on is written in the schema; code could look at anything. */
  readonly written: boolean
}

/** Sources of values of which the schema tells all. */
const inSchema: Readonly<Record<FieldSource['kind'], boolean>> = { data: true, call: true, target: true, code: false }

export const reachOf: (plan: Plan) => Reach = remembered(findReach)

function findReach({ fields, mutation }: Plan): Reach {
  const sources = new Set(fields.flatMap(({ binding }) => chainOf(binding).map(({ source }) => source)))
  const calls = [...sources].flatMap((source) => source.kind === 'call' ? [source.call] : [])
  return {
    services: [...new Set(calls.map(({ service }) => service))].toSorted(),
    identity: [...sources].flatMap(referencesOf).filter(({ root }) => root === 'identity'),
    reads: !mutation && calls.every(({ method }) => method === 'GET'),
    written: [...sources].every(({ kind }) => inSchema[kind]),
  }
}

function referencesOf(source: FieldSource): readonly Reference[] {
  if (source.kind === 'call') return source.call.references
  return source.kind === 'target' ? Object.values(source.target.arguments).flatMap(({ references }) => references) : []
}

