import type { GraphQLOutputType, GraphQLSchema } from 'graphql'
import type { Place } from '../config/config.ts'
import type { CodeResolver } from './code/resolver.ts'
import type { Reference, Scope } from './expression.ts'
import type { Naming, RowNaming } from './naming.ts'
import type { TypeRule } from './type-rule.ts'

/** How a service is told which properties it shall answer with. */
export interface FieldSelection {
  /** Of the query. */
  readonly parameter: string
  readonly style: 'comma' | 'repeat' | 'dotted'
}

/** What composition has to know of a service; anything else about it is its own affair. */
export interface ServiceInfo {
  readonly naming?: Naming | undefined
  /** The absolute path of the OpenAPI document that the service keeps to. */
  readonly contract?: { readonly openapi: string } | undefined
  readonly select?: FieldSelection | undefined
}

/** Constants and expressions, compiled to one value. */
export interface Literal {
  readonly references: readonly Reference[]
  /** Whether the value is a list. */
  readonly list: boolean
  readonly evaluate: (scope: Scope) => unknown
}

/** A call that a field makes, before its expressions have values. */
export interface CallTemplate {
  readonly service: string
  readonly naming: Naming
  readonly method: string
  /** As it is written in the schema. */
  readonly text: string
  readonly path: (scope: Scope) => string | null
  readonly headers: readonly { readonly name: string, readonly value: (scope: Scope) => string | undefined }[]
  readonly body: Literal | null
  readonly references: readonly Reference[]
  /** Undefined where the service answers with everything. */
  readonly select?: FieldSelection | undefined
}

export interface ListBound {
  readonly max: number
  /** The argument that says how long the list may be, at most `max`. */
  readonly by: string | null
}

export interface Batch {
  readonly arg: string
  readonly key: FieldBinding
  readonly max: number
}

export interface Access {
  readonly public: boolean
  /** All of them are needed; null where the field asks for nothing of its own. */
  readonly scopes: readonly string[] | null
}

/** What `@cache` says; null where it says nothing. */
export interface CacheHint {
  /** For how long a value may be kept, in seconds. */
  readonly maxAge: number | null
  /** Whether by the client alone. */
  readonly private: boolean | null
}

/** How many keys one value of a field stands for, and what it gets: one item, all with a key, or one for each key. */
export type KeyMode = 'one' | 'many' | 'each'

export interface Target {
  /** A root field, perhaps internal. */
  readonly field: FieldBinding
  readonly arguments: Readonly<Record<string, Literal>>
  /** Null where the target isn't batched. */
  readonly keys: KeyMode | null
}

export type FieldSource =
  | { readonly kind: 'data' }
  | { readonly kind: 'call', readonly call: CallTemplate }
  | { readonly kind: 'target', readonly target: Target }
  | { readonly kind: 'code', readonly code: CodeResolver }

/** What one field of an object type is bound to. Plain facts: what carries them out is elsewhere. */
export interface FieldBinding {
  readonly parent: string
  readonly name: string
  readonly type: GraphQLOutputType
  readonly place: Place
  readonly internal: boolean
  /** The path in the answer: from the parent for data, from the answer's root for a call. */
  readonly from: Readonly<Record<RowNaming, readonly string[]>>
  readonly access: Access
  readonly list: ListBound | null
  /** What it adds to an operation's cost, each time that it can stand in the answer. */
  readonly cost: number
  readonly cache: CacheHint
  readonly batch: Batch | null
  /** For how many rows of one operation it may make a call each; null where nothing says so. */
  readonly unbatched: number | null
  /** Values of arguments that aren't given. */
  readonly defaults: Readonly<Record<string, unknown>>
  /** Fields of the parent that the expressions read. */
  readonly reads: readonly FieldBinding[]
  readonly source: FieldSource
  /** Below the field's type there are calls. */
  readonly callsBelow: boolean
}

/** A schema that is bound to services. */
export interface Bound {
  /** What clients see; its fields have no resolvers. */
  readonly schema: GraphQLSchema
  /** Every field of every object type, internal ones too, by `Type.field`. */
  readonly fields: ReadonlyMap<string, FieldBinding>
  /** How answers tell their type, by interface or union. */
  readonly types: ReadonlyMap<string, TypeRule>
}

/** Whether calls are made for the field itself. */
export function makesCalls({ source }: Pick<FieldBinding, 'source'>): boolean {
  return source.kind === 'code' ? source.code.calls > 0 : source.kind !== 'data'
}

/** Whether it is a field of Query or Mutation. */
export function isRoot({ parent }: Pick<FieldBinding, 'parent'>): boolean {
  return parent === 'Query' || parent === 'Mutation'
}

export function coordinateOf({ parent, name }: Pick<FieldBinding, 'parent' | 'name'>): string {
  return `${parent}.${name}`
}

/** A field and the root fields that its value comes from, one after the other. */
export function chainOf(field: FieldBinding): readonly FieldBinding[] {
  return field.source.kind === 'target' ? [field, ...chainOf(field.source.target.field)] : [field]
}

/** The field whose call is made in the end, and that decides what batches together. */
export function endpointOf(field: FieldBinding): FieldBinding {
  return field.source.kind === 'target' ? endpointOf(field.source.target.field) : field
}
