import { Type } from 'typebox'

/** Pieces that several parts of the schema are made of. */

export const strict = { additionalProperties: false }

export const namePattern = '^[A-Za-z][A-Za-z0-9_-]*$'

/** The names that operators give: of routes, services, limits… */
export const name = Type.String({ pattern: namePattern })

/** What `name` asks for, as records of named things show it. */
export const named = { ...strict, expects: 'a name of letters, digits, "-" and "_" that begins with a letter' }

const fieldName = 'a header name of letters, digits and "-"'

export const headerName = (description: string, preset: string) =>
  Type.String({ pattern: '^[A-Za-z0-9-]+$', expects: fieldName, description, default: preset })

/** A list of header names, each read without regard to case. */
export const headerNames = (description: string) =>
  Type.Array(Type.String({ pattern: '^[A-Za-z0-9-]+$', expects: fieldName }), { description, default: [] })

/** A map from header names to text. */
export const headerMap = (description: string) =>
  Type.Record(Type.String({ pattern: '^[A-Za-z0-9-]+$' }), Type.String(), { ...strict, expects: fieldName, description })

export const methodNames = (description: string) =>
  Type.Array(Type.String({ pattern: '^[A-Z-]+$', expects: 'a method in capitals, such as GET' }), { minItems: 1, description })

export const path = (description: string) =>
  Type.String({ pattern: '^/', expects: 'a path that starts with "/"', description })

export const address = (description: string) =>
  Type.String({ pattern: '^https?://', expects: 'an address that starts with http:// or https://', description })
