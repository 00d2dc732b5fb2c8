import {
  getNamedType, getNullableType, isInputObjectType, isListType, Kind, type BooleanValueNode, type EnumValueNode, type FloatValueNode,
  type GraphQLInputType, type IntValueNode, type NullValueNode, type ValueNode,
} from 'graphql'
import type { Literal } from './binding.ts'
import type { Site } from './directives/directive.ts'
import { compileValue, isGiven, readReference, type Reference, type Scope } from './expression.ts'
import { serviceName, type Naming } from './naming.ts'
import { checkReferences, readTemplate } from './site.ts'

const nothing: Literal = { references: [], list: false, evaluate: () => undefined }

/**
 * Compiles a value of the schema: constants, text with expressions, lists and objects of both. With a `naming`,
 * names are written as the service does; only names that the schema declares, never those inside free-form values.
 */
export function compileLiteral(node: ValueNode, site: Site, naming: Naming = 'as-is'): Literal {
  switch (node.kind) {
    case Kind.STRING: return compileText(node, site, naming)
    case Kind.LIST: return compileList(node.values.map((item) => compileLiteral(item, site, naming)))
    case Kind.OBJECT:
      return compileObject(node.fields.map(({ name, value }) => {
        return [serviceName(name.value, naming), compileLiteral(value, site, naming)]
      }))
    case Kind.VARIABLE: return nothing
    default: {
      const value = constantOf(node)
      return { references: [], list: false, evaluate: () => value }
    }
  }
}

type Constant = NullValueNode | IntValueNode | FloatValueNode | BooleanValueNode | EnumValueNode

function constantOf(node: Constant): unknown {
  if (node.kind === Kind.NULL) return null
  return node.kind === Kind.INT || node.kind === Kind.FLOAT ? Number(node.value) : node.value
}

function compileText(node: ValueNode, site: Site, naming: Naming): Literal {
  const template = readTemplate(node, site, compileValue)
  if (template === undefined) return nothing
  const { references, compiled } = template
  checkReferences(references, node, site)
  const [reference] = whole(template.text, references) ? references : []
  const list = isList(reference, site)
  const type = argumentType(reference, site)
  if (type === undefined || naming === 'as-is') return { references, list, evaluate: compiled }
  return { references, list, evaluate: (scope) => writeNames(compiled(scope), type, naming) }
}

/** Whether a text is one expression and nothing else. */
function whole(text: string, references: readonly Reference[]): boolean {
  return references.length === 1 && text.startsWith('{') && text.endsWith('}')
}

function isList(reference: Reference | undefined, site: Site): boolean {
  if (reference?.root === 'parent') {
    const field = site.parent.getFields()[reference.path[0] ?? '']
    return field !== undefined && isListType(getNullableType(field.type))
  }
  const type = argumentType(reference, site)
  return type !== undefined && isListType(getNullableType(type))
}

function argumentType(reference: Reference | undefined, { field }: Site): GraphQLInputType | undefined {
  if (reference?.root !== 'argument') return undefined
  const [name, ...rest] = reference.path
  return inputTypeAt(field.args.find((argument) => argument.name === name)?.type, rest)
}

/** The input type at a path within another; undefined where there is none. */
export function inputTypeAt(type: GraphQLInputType | undefined, [step, ...rest]: readonly string[]): GraphQLInputType | undefined {
  if (step === undefined || type === undefined) return type
  const named = getNamedType(type)
  return isInputObjectType(named) ? inputTypeAt(named.getFields()[step]?.type, rest) : undefined
}

function writeNames(value: unknown, type: GraphQLInputType, naming: Naming): unknown {
  const bare = getNullableType(type)
  if (isListType(bare)) return Array.isArray(value) ? value.map((item) => writeNames(item, bare.ofType, naming)) : value
  if (!isInputObjectType(bare) || typeof value !== 'object' || value === null) return value
  const fields = bare.getFields()
  return Object.fromEntries(Object.entries(value).map(([name, item]) => {
    const field = fields[name]
    return field === undefined ? [name, item] : [serviceName(name, naming), writeNames(item, field.type, naming)]
  }))
}

/** Whether a value of the parent or the identity is missing from a literal; in a list, that is an item without a value. */
export function lacksValue({ references, list }: Literal, scope: Scope): boolean {
  return !list && references.some((reference) => isGiven(reference) && readReference(reference, scope) === undefined)
}

function compileList(items: readonly Literal[]): Literal {
  return {
    references: items.flatMap(({ references }) => references),
    list: true,
    evaluate: (scope: Scope) => items.map(({ evaluate }) => evaluate(scope) ?? null),
  }
}

/** An expression without a value leaves its member out. */
function compileObject(members: readonly (readonly [string, Literal])[]): Literal {
  return {
    references: members.flatMap(([, { references }]) => references),
    list: false,
    evaluate(scope: Scope) {
      const values = members.map(([name, { evaluate }]) => [name, evaluate(scope)] as const)
      return Object.fromEntries(values.filter(([, value]) => value !== undefined))
    },
  }
}
