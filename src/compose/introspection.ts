import { BREAK, GraphQLError, Kind, visit, type DocumentNode } from 'graphql'
import type { GraphqlSettings } from '../config/config.ts'
import { SluiceError } from '../errors.ts'
import type { Identity } from '../identity.ts'

type Settings = GraphqlSettings['introspection']

/** Whether a client may know of the schema what it has not asked for by name. */
export function mayIntrospect({ scopes }: Identity, settings: Settings): boolean {
  return settings === undefined || settings.scopes.every((scope) => scopes.has(scope))
}

/** Documents that were looked at, since who parses them keeps them; what is known of one holds for every client. */
const known = new WeakMap<DocumentNode, boolean>()

/** The refusal of a document that asks for the schema, for clients that may not. */
export function refuseIntrospection(
  document: DocumentNode, identity: Identity, settings: Settings,
): SluiceError | undefined {
  if (mayIntrospect(identity, settings)) return undefined
  const asks = known.get(document) ?? asksForSchema(document)
  known.set(document, asks)
  if (!asks) return undefined
  return new SluiceError('INTROSPECTION_REFUSED', 'This client may not ask for the schema with __schema or __type.')
}

function asksForSchema(document: DocumentNode): boolean {
  let found = false
  visit(document, {
    [Kind.FIELD]({ name: { value } }) {
      if (value !== '__schema' && value !== '__type') return undefined
      found = true
      return BREAK
    },
  })
  return found
}

/** A validation error without the names that are near what was written. */
export function withoutSuggestions(error: GraphQLError): GraphQLError {
  const message = error.message.replace(/ ?Did you mean .*$/s, '')
  if (error.extensions['code'] !== 'GRAPHQL_VALIDATION_FAILED' || message === error.message) return error
  const { nodes, source, positions, path, extensions } = error
  return new GraphQLError(message, {
    nodes: nodes ?? null, source: source ?? null, positions: positions ?? null, path: path ?? null, extensions,
  })
}
