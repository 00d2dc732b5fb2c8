import { Kind, visit, type DocumentNode, type OperationDefinitionNode } from 'graphql'
import type { Bound } from '../binding.ts'
import { WeightedMap } from '../../state/weighted-map.ts'
import { fragmentsOf } from '../outline.ts'
import { compilePlan } from './compile.ts'
import type { Plan } from './plan.ts'

/** Beyond so many variables in @skip and @include there are too many plans of one operation to be worth keeping. */
const mostSwitches = 6

/** Memory for plans, and roughly what a field of one takes, in bytes: what clients can think up must not fill it. */
const mostKept = 128 * 1024 * 1024
const fieldBytes = 2048

interface Known {
  /** Tells the operation from others that are kept. */
  readonly id: number
  /** Variables that @skip and @include read, by name. */
  readonly switches: readonly string[]
}

/**
 * The plans of a schema's operations, the latest used ones kept. Documents are known by identity, so whoever parses
 * them keeps them; an operation has one plan for each combination of what @skip and @include are told.
 */
export class Plans {
  readonly #bound: Bound
  readonly #most: number
  readonly #known = new WeakMap<OperationDefinitionNode, Known>()
  readonly #kept = new WeightedMap<{ plan: Plan | null }>(mostKept)
  #count = 0

  /** `most` is the largest number of fields of one plan. */
  constructor(bound: Bound, most: number) {
    this.#bound = bound
    this.#most = most
  }

  /** The plan of an operation, null where it has none. Throws OPERATION_TOO_LARGE. */
  find(document: DocumentNode, operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>): Plan | null {
    const known = this.#known.get(operation) ?? this.#note(document, operation)
    if (known.switches.length > mostSwitches) return this.#compile(document, operation, variables)
    const key = `${known.id} ${known.switches.map((name) => String(variables[name])).join(' ')}`
    const kept = this.#kept.get(key, 0)
    if (kept !== undefined) return kept.plan
    const plan = this.#compile(document, operation, variables)
    this.#kept.set(key, { plan }, fieldBytes * (plan?.fields.length ?? 0), Infinity)
    return plan
  }

  #note(document: DocumentNode, operation: OperationDefinitionNode): Known {
    const known: Known = { id: this.#count++, switches: switchesOf(document) }
    this.#known.set(operation, known)
    return known
  }

  #compile(document: DocumentNode, operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>): Plan | null {
    return compilePlan({ bound: this.#bound, operation, fragments: fragmentsOf(document), variables, most: this.#most })
  }
}

function switchesOf(document: DocumentNode): string[] {
  const names = new Set<string>()
  visit(document, {
    [Kind.DIRECTIVE]: (directive) => {
      if (directive.name.value !== 'skip' && directive.name.value !== 'include') return
      for (const { value } of directive.arguments ?? []) if (value.kind === Kind.VARIABLE) names.add(value.name.value)
    },
  })
  return [...names]
}
