import { getNamedType, type GraphQLSchema } from 'graphql'
import type { DraftedField } from '../bind.ts'
import type { CacheHint } from '../binding.ts'
import { cache, readHint } from '../directives/cache.ts'
import { DirectiveArguments } from '../directives/directive.ts'
import type { Report } from '../problem.ts'

/** Gives fields what `@cache` says of their types, where it says nothing else of the fields themselves. */
export function linkCacheHints(schema: GraphQLSchema, drafted: ReadonlyMap<string, DraftedField>, report: Report): void {
  const hints = new Map<string, CacheHint>()
  for (const { name, astNode } of Object.values(schema.getTypeMap())) {
    const use = astNode?.directives?.find((each) => each.name.value === cache.name)
    if (use !== undefined) hints.set(name, readHint(new DirectiveArguments(use.arguments ?? []), report))
  }
  for (const { draft } of drafted.values()) {
    const hint = hints.get(getNamedType(draft.type).name)
    if (hint !== undefined) draft.cache = { maxAge: draft.cache.maxAge ?? hint.maxAge, private: draft.cache.private ?? hint.private }
  }
}
