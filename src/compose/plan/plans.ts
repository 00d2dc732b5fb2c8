import { Kind, visit, type DocumentNode, type OperationDefinitionNode } from 'graphql'
import type { Bound } from '../binding.ts'
import { WeightedMap } from '../../state/weighted-map.ts'
import { documentBytes } from '../known-documents.ts'
import { fragmentsOf } from '../outline.ts'
import { compilePlan } from './compile.ts'
import type { Plan } from './plan.ts'

/** Beyond so many variables in @skip and @include there are too many plans of one operation to be worth keeping. */
const mostSwitches = 6

/** Bytes of plans with their documents that may be kept: what clients can think up must not fill the memory. */
const mostKept = 128 * 1024 * 1024

/** Roughly what a field of a plan takes, and what a character of a literal does where admission keeps its value, in bytes. */
const fieldBytes = 2048
const literalBytes = 32

interface Known {
  /** Tells the operation from others that are kept. */
  readonly id: number
  /** Variables that @skip and @include read, by name. */
  readonly switches: readonly string[]
}

/** An operation's plan, null where it has none. */
export interface FoundPlan {
  readonly plan: Plan | null
  /** Keeps the plan, where it isn't yet; to be called once the operation is admitted. */
  readonly keep?: () => void
}

/**
 * The plans of a schema's operations, the latest used ones kept. Documents are known by identity, so whoever parses
 * them keeps them; an operation has one plan for each combination of what @skip and @include are told.
 */
export class Plans {
  readonly #bound: Bound
  readonly #most: number
  readonly #isKept: (document: DocumentNode) => boolean
  readonly #known = new WeakMap<OperationDefinitionNode, Known>()
  readonly #kept = new WeightedMap<FoundPlan>(mostKept)
  #count = 0

  /**
   * `most` is the largest number of fields of one plan. `isKept` tells documents that can be met again from others:
   * what is parsed anew for each request would never find its plan.
   */
  constructor(bound: Bound, most: number, isKept: (document: DocumentNode) => boolean = () => false) {
    this.#bound = bound
    this.#most = most
    this.#isKept = isKept
  }

  /** Bytes in use. */
  get weight(): number {
    return this.#kept.weight
  }

  /** The plan of an operation. Throws OPERATION_TOO_LARGE. */
  find(document: DocumentNode, operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>): FoundPlan {
    const known = this.#known.get(operation) ?? this.#note(document, operation)
    if (known.switches.length > mostSwitches) return { plan: this.#compile(document, operation, variables) }
    const key = `${known.id} ${known.switches.map((name) => String(variables[name])).join(' ')}`
    const kept = this.#kept.get(key, 0)
    if (kept !== undefined) return kept
    const plan = this.#compile(document, operation, variables)
    return plan === null ? { plan } : { plan, keep: () => this.#keep(key, document, plan) }
  }

  #keep(key: string, document: DocumentNode, plan: Plan): void {
    if (!this.#isKept(document)) return
    this.#kept.set(key, { plan }, documentBytes(document) + planBytes(plan), Infinity)
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

/** A fragment's literals have a value in each place where it is spread. */
function planBytes({ fields }: Plan): number {
  const literals = fields.flatMap(({ nodes: [node] }) => node?.arguments ?? [])
  const length = literals.reduce((sum, { value: { loc } }) => sum + (loc === undefined ? 0 : loc.end - loc.start), 0)
  return fieldBytes * fields.length + literalBytes * length
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
