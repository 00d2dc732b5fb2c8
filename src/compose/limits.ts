import {
  GraphQLError, Kind, OperationTypeNode, parse, type DocumentNode, type FragmentDefinitionNode, type SelectionSetNode, type Source,
} from 'graphql'
import { SluiceError } from '../errors.ts'
import { graphqlErrorOf, refusedAsRequest } from './graphql-error.ts'
import { tooLarge } from './outline.ts'

/** What one operation may ask. */
export interface OperationLimits {
  readonly depth: number
  readonly calls: number
  readonly tokens: number
  readonly aliases: number
}

/** Parses a document of at most so many tokens. Throws OPERATION_TOO_LARGE or GRAPHQL_PARSE_FAILED. */
export function parseWithin(source: string | Source, { tokens }: OperationLimits): DocumentNode {
  try {
    return parse(source, { maxTokens: tokens })
  } catch (thrown) {
    if (thrown instanceof GraphQLError && / contains more tha[nt] [0-9]+ tokens/.test(thrown.message)) {
      throw refusal(`The document has more than ${tokens} tokens.`)
    }
    throw thrown
  }
}

interface Size {
  readonly depth: number
  readonly aliases: number
  readonly fields: number
}

const none: Size = { depth: 0, aliases: 0, fields: 0 }

/**
 * The error of a document that is larger than the limits, or undefined. Each fragment is measured once, so that the
 * work is in proportion to the document however often its fragments repeat. What introspection asks has its own
 * bound in graphql-js, and counts as one level.
 */
export function measureDocument(document: DocumentNode, limits: OperationLimits): GraphQLError | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  const measured = new Map<string, Size>()

  function measureFragment(name: string): Size {
    const known = measured.get(name)
    if (known !== undefined) return known
    // A fragment that contains itself counts as nothing here; validation reports it.
    measured.set(name, none)
    const fragment = fragments.get(name)
    const size = fragment === undefined ? none : measure(fragment.selectionSet)
    measured.set(name, size)
    return size
  }

  function measure({ selections }: SelectionSetNode): Size {
    let [depth, aliases, fields] = [0, 0, 0]
    for (const selection of selections) {
      let size: Size
      if (selection.kind === Kind.FRAGMENT_SPREAD) size = measureFragment(selection.name.value)
      else if (selection.kind === Kind.INLINE_FRAGMENT) size = measure(selection.selectionSet)
      else size = measureField(selection.alias !== undefined, selection.name.value, selection.selectionSet)
      depth = Math.max(depth, size.depth)
      aliases += size.aliases
      fields += size.fields
    }
    return { depth, aliases, fields }
  }

  function measureField(aliased: boolean, name: string, set: SelectionSetNode | undefined): Size {
    const below = set === undefined ? none : measure(set)
    const depth = name.startsWith('__') ? 0 : below.depth
    return { depth: depth + 1, aliases: below.aliases + (aliased ? 1 : 0), fields: below.fields + 1 }
  }

  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    if (definition.operation === OperationTypeNode.SUBSCRIPTION) return noSubscriptions()
    const refused = judge(measure(definition.selectionSet), limits)
    if (refused !== undefined) return refused
  }
  return undefined
}

function judge({ depth, aliases, fields }: Size, limits: OperationLimits): GraphQLError | undefined {
  if (depth > limits.depth) return refusal(`The operation is ${depth} fields deep; at most ${limits.depth} are allowed.`)
  if (aliases > limits.aliases) return refusal(`The operation has ${aliases} aliases; at most ${limits.aliases} are allowed.`)
  if (fields > limits.tokens) return graphqlErrorOf(tooLarge(limits.tokens), refusedAsRequest)
  return undefined
}

function refusal(detail: string): GraphQLError {
  return graphqlErrorOf(new SluiceError('OPERATION_TOO_LARGE', detail), refusedAsRequest)
}

function noSubscriptions(): GraphQLError {
  return graphqlErrorOf(new SluiceError('GRAPHQL_VALIDATION_FAILED', 'The schema has no subscriptions.'), refusedAsRequest)
}

/** Whether graphql-js gave up on comparing fields that have the same name in the answer. */
export function wasAborted(error: unknown): boolean {
  return error instanceof GraphQLError && error.message === 'Validation aborted.'
}

export function tooIntricate(): GraphQLError {
  return refusal('The operation selects the same fields too often to be checked; select each field once.')
}
