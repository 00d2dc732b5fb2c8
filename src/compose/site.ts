import {
  getNamedType, isInputObjectType, isLeafType, isNonNullType, isObjectType, Kind, type GraphQLInputType, type GraphQLObjectType, type ValueNode,
} from 'graphql'
import { suggest } from '../config/suggest.ts'
import type { Site } from './directives/directive.ts'
import { nameOf, parseTemplate, TemplateError, type Reference, type Template } from './expression.ts'

/** Reads and compiles the template in a string of the schema; reports what is wrong with it at its place. */
export function readTemplate<T>(node: ValueNode, site: Site, compile: (template: Template) => T) {
  if (node.kind !== Kind.STRING) {
    site.report(node, 'text in quotes is needed here')
    return undefined
  }
  try {
    const template = parseTemplate(node.value)
    return { text: node.value, references: template.references, compiled: compile(template) }
  } catch (thrown) {
    if (!(thrown instanceof TemplateError)) throw thrown
    site.report(node, thrown.message, offsetIn(node, thrown.offset))
    return undefined
  }
}

/** Where in the source a place in a string is: behind the quote, unless escapes moved it. */
export function offsetIn(node: ValueNode, offset: number): number {
  const { loc } = node
  if (node.kind !== Kind.STRING || loc === undefined) return 0
  const plain = loc.source.body.slice(loc.start + 1, loc.end - 1) === node.value
  return plain ? offset + 1 : 0
}

/** Reports expressions that the field can't give a value. In a URL a value is text, or a list of texts. */
export function checkReferences(references: readonly Reference[], node: ValueNode, site: Site, { url = false } = {}): void {
  for (const reference of references) {
    const problem = reference.root === 'argument' ? checkArgument(reference, site, url)
      : reference.root === 'parent' ? checkParent(reference, site) : undefined
    if (problem !== undefined) site.report(node, problem, offsetIn(node, reference.offset))
  }
}

function checkArgument(reference: Reference, { field, parent }: Site, url: boolean): string | undefined {
  const [name = '', ...rest] = reference.path
  const argument = field.args.find((each) => each.name === name)
  if (argument === undefined) {
    const known = suggest(name, field.args.map((each) => each.name))
    const remedy = known === '' ? suggestParent(name, parent) : known
    return `{${nameOf(reference)}} is no argument of ${parent.name}.${field.name}${remedy}`
  }
  return checkInput(argument.type, rest, url ? nameOf(reference) : null)
}

/** Follows a path into an input type; `inUrl` names the expression where only leaves can stand. */
function checkInput(type: GraphQLInputType, [step, ...rest]: readonly string[], inUrl: string | null): string | undefined {
  const named = getNamedType(type)
  if (step === undefined) {
    if (inUrl === null || isLeafType(named)) return undefined
    return `{${inUrl}} is an object and can't stand in a URL; name one of its fields`
  }
  const fields = isInputObjectType(named) ? named.getFields() : {}
  const next = Object.hasOwn(fields, step) ? fields[step] : undefined
  if (next !== undefined) return checkInput(next.type, rest, inUrl)
  return `${named.name} has no field "${step}"${suggest(step, Object.keys(fields))}`
}

/** Whether a client may leave out what an expression reads: it is an argument, or within one, that can be null. */
export function isOptional({ root, path: [name, ...rest] }: Reference, { field }: Site): boolean {
  const argument = field.args.find((each) => each.name === name)
  return root === 'argument' && argument !== undefined && isOptionalInput(argument.type, rest)
}

function isOptionalInput(type: GraphQLInputType, [step, ...rest]: readonly string[]): boolean {
  if (!isNonNullType(type)) return true
  const named = getNamedType(type)
  const next = step === undefined || !isInputObjectType(named) ? undefined : named.getFields()[step]
  return next !== undefined && isOptionalInput(next.type, rest)
}

function suggestParent(name: string, parent: GraphQLObjectType): string {
  return Object.hasOwn(parent.getFields(), name) ? `; did you mean "parent.${name}"?` : ''
}

function checkParent(reference: Reference, { parent, callOf }: Site): string | undefined {
  const [name = '', ...rest] = reference.path
  if (parent.name === 'Query' || parent.name === 'Mutation') return `{${nameOf(reference)}} has no value, for ${parent.name} has no parent`
  const fields = parent.getFields()
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (field === undefined) return `${parent.name} has no field "${name}"${suggest(name, Object.keys(fields))}`
  if (rest.length > 0 || !isLeafType(getNamedType(field.type))) {
    return `{${nameOf(reference)}} reaches into an object; map the value to an @internal field of ${parent.name}`
  }
  const call = callOf(parent, field)
  if (call === undefined) return undefined
  return `${parent.name}.${name} needs a call itself (${call}), so no expression can read it`
}

/** The object type that a field gives, or undefined for leaves, interfaces and unions. */
export function objectTypeOf({ field }: Site): GraphQLObjectType | undefined {
  const named = getNamedType(field.type)
  return isObjectType(named) ? named : undefined
}
