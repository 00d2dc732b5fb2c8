import type { GraphQLObjectType } from 'graphql'
import { DirectiveArguments, type Directive } from './directive.ts'

/** How objects of a type are found. It stands on the type; fields refer to it with `@lookup`. */
export const entity: Directive = {
  name: 'entity',
  sdl: 'directive @entity(key: String!, query: String!) on OBJECT',
  bind: () => undefined,
}

/** What `@entity` on a type says. */
export function entityOf(type: GraphQLObjectType): DirectiveArguments | undefined {
  const use = type.astNode?.directives?.find(({ name }) => name.value === 'entity')
  return use === undefined ? undefined : new DirectiveArguments(use.arguments ?? [])
}
