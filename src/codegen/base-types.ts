import { codegen } from '@graphql-codegen/core'
import * as typescript from '@graphql-codegen/typescript'
import { isScalarType, isSpecifiedScalarType, type GraphQLScalarType } from 'graphql'
import { valueAt } from '../compose/row.ts'
import { knownScalar } from '../compose/scalars.ts'
import type { TypedSchema } from './schema.ts'

/** The schema's own types: objects, inputs, arguments (`Query_orderArgs`), enums and scalars, by graphql-codegen. */
export function baseTypes({ document, schema }: TypedSchema): Promise<string> {
  const scalars = Object.values(schema.getTypeMap()).filter(isScalarType).filter((type) => !isSpecifiedScalarType(type))
  const config = {
    enumsAsTypes: true,
    immutableTypes: true,
    skipTypename: true,
    declarationKind: 'interface',
    namingConvention: 'keep',
    addUnderscoreToArgsType: true,
    avoidOptionals: { field: true, defaultValue: true },
    scalars: { ID: 'string', ...Object.fromEntries(scalars.map((type) => [type.name, typeOfScalar(type)])) },
  }
  return codegen({ filename: 'generated.ts', schema: document, documents: [], config, plugins: [{ typescript: {} }], pluginMap: { typescript } })
}

const jsonTypes: Readonly<Record<string, string>> = { string: 'string', integer: 'number', number: 'number', boolean: 'boolean' }

/** The JSON form of a well-known scalar's values; large integers are text. */
function typeOfScalar({ name }: GraphQLScalarType): string {
  const told = valueAt(knownScalar(name)?.extensions, ['jsonSchema', 'type'])
  const type = typeof told === 'string' ? jsonTypes[told] ?? 'unknown' : 'unknown'
  return name === 'BigInt' || name === 'Long' ? 'number | string' : type
}
