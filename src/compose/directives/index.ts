import { auth } from './auth.ts'
import { batch } from './batch.ts'
import { cache } from './cache.ts'
import { cost } from './cost.ts'
import type { Directive } from './directive.ts'
import { entity } from './entity.ts'
import { internal } from './internal.ts'
import { list } from './list.ts'
import { lookup } from './lookup.ts'
import { map } from './map.ts'
import { publicField } from './public.ts'
import { resolve } from './resolve.ts'
import { rest } from './rest.ts'
import { type } from './type.ts'
import { unbatched } from './unbatched.ts'

/** Every directive; each is one file. */
export const directives: readonly Directive[] = [rest, batch, unbatched, entity, lookup, resolve, list, map, internal, auth, publicField, cache, cost, type]

export const directivesByName: ReadonlyMap<string, Directive> = new Map(directives.map((each) => [each.name, each]))

/** The definitions that schema files are checked against. */
export const directiveSdl = [
  '"Text with expressions in braces, or lists and objects of it." scalar Expressions',
  'input RestHeader { name: String!, value: String! }',
  ...directives.map(({ sdl }) => sdl),
].join('\n')
