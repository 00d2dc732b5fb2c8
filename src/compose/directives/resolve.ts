import { isRequiredArgument, Kind } from 'graphql'
import { suggest } from '../../config/suggest.ts'
import { compileLiteral } from '../literal.ts'
import type { Directive } from './directive.ts'

/** Any other root field, with arguments from expressions. */
export const resolve: Directive = {
  name: 'resolve',
  calls: true,
  sdl: 'directive @resolve(query: String!, args: Expressions) on FIELD_DEFINITION',
  bind(args, site, { schema }) {
    const query = args.text('query')
    const fields = schema.getQueryType()?.getFields() ?? {}
    const target = Object.hasOwn(fields, query) ? fields[query] : undefined
    const node = args.node('query')
    if (target === undefined || node === undefined) {
      site.report(node, `Query has no field "${query}"${suggest(query, Object.keys(fields))}`)
      return undefined
    }
    const given = args.node('args')
    const members = given?.kind === Kind.OBJECT ? given.fields : []
    if (given !== undefined && given.kind !== Kind.OBJECT) site.report(given, 'the arguments are an object, as in { id: "{parent.id}" }')
    const known = target.args.map(({ name }) => name)
    for (const { name } of members) {
      if (!known.includes(name.value)) site.report(name, `Query.${query} has no argument "${name.value}"${suggest(name.value, known)}`)
    }
    const missing = target.args.filter((argument) => isRequiredArgument(argument) && !members.some(({ name }) => name.value === argument.name))
    for (const { name } of missing) site.report(node, `Query.${query} needs the argument "${name}"`)
    const values = Object.fromEntries(members.map(({ name, value }) => [name.value, compileLiteral(value, site)]))
    return { resolve: { query, args: values, node } }
  },
}
