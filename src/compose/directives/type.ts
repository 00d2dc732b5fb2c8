import type { GraphQLAbstractType } from 'graphql'
import { DirectiveArguments, type Directive } from './directive.ts'

/** Which object type an answer is. It stands on the interface or the union. */
export const type: Directive = {
  name: 'type',
  sdl: 'directive @type(field: String!, values: Expressions) on INTERFACE | UNION',
  bind: () => undefined,
}

/** What `@type` on an interface or a union says. */
export function discriminatorOf(abstract: GraphQLAbstractType): DirectiveArguments | undefined {
  const use = abstract.astNode?.directives?.find(({ name }) => name.value === 'type')
  return use === undefined ? undefined : new DirectiveArguments(use.arguments ?? [])
}
