import { getNamedType } from 'graphql'
import { compileLiteral } from '../literal.ts'
import { objectTypeOf } from '../site.ts'
import type { Directive } from './directive.ts'
import { entityOf } from './entity.ts'

/** The object of an `@entity` type that has this key, or the objects of a list of keys. */
export const lookup: Directive = {
  name: 'lookup',
  calls: true,
  sdl: 'directive @lookup(key: String!) on FIELD_DEFINITION',
  bind(args, site) {
    const node = args.node('key')
    if (node === undefined) return undefined
    const key = compileLiteral(node, site)
    if (key.references.length === 0) site.report(node, 'the key is a constant; write an expression such as {parent.id}')
    const type = objectTypeOf(site)
    if (type !== undefined && entityOf(type) !== undefined) return { lookup: { key } }
    site.report(site.field.astNode?.type, `${getNamedType(site.field.type).name} can't be looked up; give the type an @entity(key, query)`)
    return undefined
  },
}
