import { getNamedType, getNullableType, isListType, GraphQLInt } from 'graphql'
import { suggest } from '../../config/suggest.ts'
import type { Directive } from './directive.ts'

/** How long a list can be. */
export const list: Directive = {
  name: 'list',
  sdl: 'directive @list(max: Int!, by: String) on FIELD_DEFINITION',
  bind(args, { field, parent, report }) {
    const max = args.integer('max') ?? 0
    if (max < 1) report(args.node('max'), 'a list bound is at least 1')
    if (!isListType(getNullableType(field.type))) report(field.astNode?.type, '@list needs a field that gives a list')
    const by = args.node('by') === undefined ? null : args.text('by')
    if (by !== null) {
      const argument = field.args.find(({ name }) => name === by)
      const known = suggest(by, field.args.map(({ name }) => name))
      if (argument === undefined) report(args.node('by'), `${parent.name}.${field.name} has no argument "${by}"${known}`)
      else if (getNamedType(argument.type) !== GraphQLInt) report(args.node('by'), `the argument "${by}" must be an Int`)
    }
    return { list: { max, by } }
  },
}
