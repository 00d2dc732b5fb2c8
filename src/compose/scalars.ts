import { createRequire } from 'node:module'
import { GraphQLError, GraphQLScalarType, isScalarType, isSpecifiedScalarType, Kind, valueFromASTUntyped, type GraphQLSchema, type ValueNode } from 'graphql'
import { valueAt } from './row.ts'

const require = createRequire(import.meta.url)

/**
 * Gives the scalars of a schema that have a well-known name (DateTime, URL, BigInt…) what that name means, by
 * graphql-scalars; any other passes every JSON value. In Sluice a value always has its JSON form: what clients give is
 * checked, and goes on as they wrote it. The library takes 90 ms to load, which only schemas with scalars pay for.
 */
export function attachScalars(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isScalarType(type) || isSpecifiedScalarType(type)) continue
    const known = knownScalar(type.name)
    if (known !== undefined) attach(type, known)
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
  type.serialize = (value) => {
    try {
      const written: unknown = known.serialize(value)
      return written instanceof Date ? written.toJSON() : written
    } catch (thrown) {
      throw thrown instanceof GraphQLError ? thrown : new GraphQLError(`${type.name} cannot represent a value that does not have its form.`)
    }
  }
  type.parseValue = (value) => {
    known.parseValue(value)
    return value
  }
  type.parseLiteral = (node, variables) => {
    known.parseLiteral(node, variables)
    return literalOf(node, variables)
  }
}

/** A whole number that a double can't hold stays as it is written. */
function literalOf(node: ValueNode, variables: Parameters<typeof valueFromASTUntyped>[1]): unknown {
  const long = node.kind === Kind.INT && !Number.isSafeInteger(Number(node.value))
  return long ? node.value : valueFromASTUntyped(node, variables)
}
