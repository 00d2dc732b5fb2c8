import { createRequire } from 'node:module'
import { GraphQLError, GraphQLScalarType, isScalarType, isSpecifiedScalarType, Kind, valueFromASTUntyped, type GraphQLSchema, type ValueNode } from 'graphql'
import { valueAt } from './row.ts'

const require = createRequire(import.meta.url)

/** No colour is longer. */
const short = /^.{1,100}$/

/**
 * Forms that a text must have before the library looks at it: its own patterns for these go back over a text so often
 * that a few characters, or a few thousand, hold the process for good.
 */
const forms: ReadonlyMap<string, RegExp> = new Map([
  ['PhoneNumber', /^(?=.{3,64}$)\+?\d{1,3}[- ]?\(?\d+\)?[- ]?\d+(?:[- ]\d+)*$/],
  ['DID', /^did:[\w.!#$%&'*+/=?^`{|}~-]+(?::[\w.!#$%&'*+/=?^`{|}~-]*){1,3}$/],
  ['HSL', short],
  ['HSLA', short],
  ['RGBA', short],
])

/**
 * Gives the scalars of a schema that have a well-known name (DateTime, URL, BigInt…) what that name means, by
 * graphql-scalars; any other passes every JSON value. In Sluice a value always has its JSON form: what clients give is
 * checked, and goes on as they wrote it. The library takes 90 ms to load, which only schemas with scalars pay for.
 */
export function attachScalars(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isScalarType(type) || isSpecifiedScalarType(type)) continue
    const known = knownScalar(type.name)
    if (known === undefined) type.serialize = (value) => jsonOf(value, type)
    else attach(type, known)
  }
}

/** What a name means, or undefined. */
export function knownScalar(name: string): GraphQLScalarType | undefined {
  const library: unknown = require('graphql-scalars')
  const known = valueAt(library, ['resolvers', name])
  return known instanceof GraphQLScalarType ? known : undefined
}

function attach(type: GraphQLScalarType, known: GraphQLScalarType): void {
  type.description ??= known.description
  type.specifiedByURL ??= known.specifiedByURL
  const form = forms.get(type.name)
  const check = (value: unknown) => {
    if (form !== undefined && !(typeof value === 'string' && form.test(value))) throw unfit(type)
  }
  type.serialize = (value) => {
    check(value)
    try {
      const written: unknown = known.serialize(value)
      return jsonOf(written instanceof Date ? written.toISOString() : written, type)
    } catch (thrown) {
      throw thrown instanceof GraphQLError ? thrown : unfit(type)
    }
  }
  type.parseValue = (value) => {
    check(value)
    known.parseValue(value)
    return value
  }
  type.parseLiteral = (node, variables) => {
    check('value' in node ? node.value : undefined)
    known.parseLiteral(node, variables)
    return literalOf(node, variables)
  }
}

/** A value that JSON has. It would leave out, or write as null, what code can give beside, and numbers beyond all bounds. */
function jsonOf(value: unknown, type: GraphQLScalarType): unknown {
  const has = typeof value === 'number' ? Number.isFinite(value) : ['string', 'boolean', 'object'].includes(typeof value)
  if (has) return value
  throw unfit(type)
}

function unfit({ name }: GraphQLScalarType): GraphQLError {
  return new GraphQLError(`${name} cannot represent a value that does not have its form.`)
}

/** A whole number that a double can't hold stays as it is written. */
function literalOf(node: ValueNode, variables: Parameters<typeof valueFromASTUntyped>[1]): unknown {
  const long = node.kind === Kind.INT && !Number.isSafeInteger(Number(node.value))
  return long ? node.value : valueFromASTUntyped(node, variables)
}
