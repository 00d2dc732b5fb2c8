import {
  GraphQLError, Kind, OperationTypeNode, parse, type DocumentNode, type FragmentDefinitionNode, type OperationDefinitionNode,
  type SelectionNode, type SelectionSetNode, type Source,
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
  readonly directives: number
  readonly rootFields: number
  /** Most that the fields may weigh together; no bound where it is left out. */
  readonly cost?: number
}

/** Parses a document of at most so many tokens. Throws OPERATION_TOO_LARGE or GRAPHQL_PARSE_FAILED. */
export function parseWithin(source: string | Source, { tokens }: OperationLimits): DocumentNode {
  try {
    return unlinked(parse(source, { maxTokens: tokens }))
  } catch (thrown) {
    if (thrown instanceof GraphQLError && / contains more tha[nt] [0-9]+ tokens/.test(thrown.message)) {
      throw refusal(`The document has more than ${tokens} tokens.`)
    }
    throw thrown
  }
}

/** Cuts the links from token to token, which only the lexer needs: on them hang comments, and those no limit counts. */
function unlinked(document: DocumentNode): DocumentNode {
  let token = document.loc?.startToken ?? null
  while (token !== null) {
    const { next } = token
    Object.assign(token, { prev: null, next: null })
    token = next
  }
  return document
}

interface Size {
  readonly depth: number
  readonly aliases: number
  readonly directives: number
  readonly fields: number
}

const none: Size = { depth: 0, aliases: 0, directives: 0, fields: 0 }

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>

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
  const ruler = new Ruler(fragments)
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    if (definition.operation === OperationTypeNode.SUBSCRIPTION) return noSubscriptions()
    const refused = judge(ruler.measureOperation(definition), limits)
      ?? judgeRoot(rootNames(definition.selectionSet, fragments).size, limits)
    if (refused !== undefined) return refused
  }
  return undefined
}

/** Measures selections as they are with their fragments written out, without writing them out. */
class Ruler {
  readonly #fragments: Fragments
  readonly #measured = new Map<string, Size>()

  constructor(fragments: Fragments) {
    this.#fragments = fragments
  }

  measureOperation({ selectionSet, directives = [], variableDefinitions = [] }: OperationDefinitionNode): Size {
    const own = [directives, ...variableDefinitions.map((variable) => variable.directives ?? [])]
    return withDirectives(this.#measure(selectionSet), own.flat().length)
  }

  #measure({ selections }: SelectionSetNode): Size {
    let [depth, aliases, directives, fields] = [0, 0, 0, 0]
    for (const selection of selections) {
      const size = withDirectives(this.#measureSelection(selection), selection.directives?.length ?? 0)
      depth = Math.max(depth, size.depth)
      aliases += size.aliases
      directives += size.directives
      fields += size.fields
    }
    return { depth, aliases, directives, fields }
  }

  #measureSelection(selection: SelectionNode): Size {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return this.#measureFragment(selection.name.value)
    if (selection.kind === Kind.INLINE_FRAGMENT) return this.#measure(selection.selectionSet)
    const { alias, name, selectionSet } = selection
    const below = selectionSet === undefined ? none : this.#measure(selectionSet)
    const depth = name.value.startsWith('__') ? 0 : below.depth
    const aliases = below.aliases + (alias === undefined ? 0 : 1)
    return { ...below, depth: depth + 1, aliases, fields: below.fields + 1 }
  }

  #measureFragment(name: string): Size {
    const known = this.#measured.get(name)
    if (known !== undefined) return known
    // A fragment that contains itself counts as nothing here; validation reports it.
    this.#measured.set(name, none)
    const fragment = this.#fragments.get(name)
    const size = fragment === undefined ? none : this.#measure(fragment.selectionSet)
    const whole = withDirectives(size, fragment?.directives?.length ?? 0)
    this.#measured.set(name, whole)
    return whole
  }
}

function withDirectives(size: Size, count: number): Size {
  return count === 0 ? size : { ...size, directives: size.directives + count }
}

/** Names in the answer's root; each fragment is looked at once. */
export function rootNames(
  { selections }: SelectionSetNode, fragments: Fragments, seen = new Set<string>(), names = new Set<string>(),
): Set<string> {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) names.add((selection.alias ?? selection.name).value)
    else if (selection.kind === Kind.INLINE_FRAGMENT) rootNames(selection.selectionSet, fragments, seen, names)
    else if (!seen.has(selection.name.value)) {
      seen.add(selection.name.value)
      const fragment = fragments.get(selection.name.value)
      if (fragment !== undefined) rootNames(fragment.selectionSet, fragments, seen, names)
    }
  }
  return names
}

function judge({ depth, aliases, directives, fields }: Size, limits: OperationLimits): GraphQLError | undefined {
  if (depth > limits.depth) return refusal(`The operation is ${depth} fields deep; at most ${limits.depth} are allowed.`)
  if (aliases > limits.aliases) return refusal(`The operation has ${aliases} aliases; at most ${limits.aliases} are allowed.`)
  if (directives > limits.directives) return refusal(`The operation has ${directives} directives; at most ${limits.directives} are allowed.`)
  if (fields > limits.tokens) return graphqlErrorOf(tooLarge(limits.tokens), refusedAsRequest)
  return undefined
}

function judgeRoot(count: number, { rootFields }: OperationLimits): GraphQLError | undefined {
  return count > rootFields ? refusal(`The operation has ${count} root fields; at most ${rootFields} are allowed.`) : undefined
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
