import { getNamedType, getNullableType, isLeafType, isListType } from 'graphql'
import { suggest } from '../../config/suggest.ts'
import { objectTypeOf } from '../site.ts'
import type { Directive, DirectiveArguments, Site } from './directive.ts'

/** One argument of the call takes many keys. */
export const batch: Directive = {
  name: 'batch',
  sdl: 'directive @batch(arg: String!, key: String!, max: Int!) on FIELD_DEFINITION',
  bind(args, site) {
    const [arg, key, max] = [args.text('arg'), args.text('key'), args.integer('max') ?? 0]
    const list = isListType(getNullableType(site.field.type)) && objectTypeOf(site) !== undefined
    if (!list) site.report(site.field.astNode?.type, '@batch needs a field that gives a list of objects')
    if (max < 1) site.report(args.node('max'), 'a batch takes at least one key')
    const sound = [checkArgument(args, site), checkKey(args, site)].every(Boolean)
    return sound && list && max >= 1 ? { batch: { arg, key, max } } : undefined
  },
}

function checkArgument(args: DirectiveArguments, { field, parent, report }: Site): boolean {
  const name = args.text('arg')
  const argument = field.args.find((each) => each.name === name)
  if (argument === undefined) {
    const known = suggest(name, field.args.map((each) => each.name))
    report(args.node('arg'), `${parent.name}.${field.name} has no argument "${name}"${known}`)
    return false
  }
  const type = getNullableType(argument.type)
  if (isListType(type) && isLeafType(getNullableType(type.ofType))) return true
  report(args.node('arg'), `the argument "${name}" must be a list of keys`)
  return false
}

function checkKey(args: DirectiveArguments, site: Site): boolean {
  const fields = objectTypeOf(site)?.getFields()
  if (fields === undefined) return true
  const name = args.text('key')
  const type = Object.hasOwn(fields, name) ? fields[name]?.type : undefined
  if (type === undefined) {
    site.report(args.node('key'), `${getNamedType(site.field.type).name} has no field "${name}"${suggest(name, Object.keys(fields))}`)
    return false
  }
  if (isLeafType(getNullableType(type))) return true
  site.report(args.node('key'), `the key "${name}" must be a single value`)
  return false
}
