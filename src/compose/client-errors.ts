import type { GraphQLError } from 'graphql'
import type { GraphqlSettings } from '../config/config.ts'
import type { Exchange } from '../exchange.ts'
import { mayIntrospect, withoutSuggestions } from './introspection.ts'

/** Adds the codes of an answer's errors to the access log. */
export function noteErrors({ record }: Exchange, errors: readonly GraphQLError[]): void {
  const codes = errors.flatMap(({ extensions: { code } }) => typeof code === 'string' ? [code] : [])
  if (codes.length > 0) record.fields['graphqlErrors'] = [...new Set(codes)]
}

/** An answer's errors as this client is told them; their codes are noted. */
export function errorsFor(
  exchange: Exchange, errors: readonly GraphQLError[], settings: GraphqlSettings['introspection'],
): readonly GraphQLError[] {
  if (errors.length === 0) return errors
  noteErrors(exchange, errors)
  // What was found out about a document is kept for all clients; what is told of it is each one's own.
  return mayIntrospect(exchange.identity, settings) ? errors : errors.map(withoutSuggestions)
}
