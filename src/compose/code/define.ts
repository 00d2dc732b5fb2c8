import type { Identity } from '../../identity.ts'

/** Values of the expressions in a path. */
export type PathValues = Readonly<Record<string, unknown>>

/**
 * Calls to one service, through the same deadlines, access rules and limits as any other. Paths are templates as in
 * `@rest`, such as `/orders/{id}{?lang}`, and never put together by hand. They give the JSON of the answer, or null
 * where there is nothing at the address or a value for the path is missing, and throw a coded error for any failure.
 */
export interface ServiceCalls {
  get(path: string, values?: PathValues): Promise<unknown>
  post(path: string, body: unknown, values?: PathValues): Promise<unknown>
  put(path: string, body: unknown, values?: PathValues): Promise<unknown>
  patch(path: string, body: unknown, values?: PathValues): Promise<unknown>
  delete(path: string, values?: PathValues): Promise<unknown>
}

/** What a resolver is told beside its parent. */
export interface FieldContext<Arguments = Readonly<Record<string, unknown>>, Services = Readonly<Record<string, ServiceCalls>>> {
  readonly args: Arguments
  readonly identity: Identity
  /** Aborted when the client leaves, or the resolver has run for as long as it may. */
  readonly signal: AbortSignal
  readonly services: Services
}

/** The value of one field. The parent has its declared fields, internal ones too, but those that need calls or code. */
export type Resolve<Parent, Arguments, Result, Services> =
  (field: FieldContext<Arguments, Services> & { readonly parent: Parent }) => Result | Promise<Result>

/** The values of a field for many parents, in their order; an `Error` in the list fails one alone. */
export type Load<Parent, Arguments, Result, Services> =
  (field: FieldContext<Arguments, Services> & { readonly parents: readonly Parent[] }) => readonly (Result | Error)[] | Promise<readonly (Result | Error)[]>

/**
 * A field in code. `calls` is the most calls that one run of the function makes; one that does not say so makes none.
 * `load` takes at most `max` parents at once.
 */
export type CodeField<Parent, Arguments, Result, Services> =
  | Resolve<Parent, Arguments, Result, Services>
  | { readonly calls?: number, readonly resolve: Resolve<Parent, Arguments, Result, Services> }
  | { readonly calls?: number, readonly max: number, readonly load: Load<Parent, Arguments, Result, Services> }

type Loose = Readonly<Record<string, unknown>>
type LooseResolvers = Readonly<Record<string, Readonly<Record<string, CodeField<Loose, Loose, unknown, Readonly<Record<string, ServiceCalls>>>>>>>

/** Tells what a file exports from anything else, whichever copy of this module the file has. */
const mark = Symbol.for('sluice.resolvers')

/** Resolvers by type and field, as a file of `schema/` exports them by default. */
export interface Defined {
  readonly [mark]: object
}

/** Declares resolvers in code for what directives can't say. `Resolvers` of `schema/generated.ts` types them. */
export function defineResolvers<T extends object = LooseResolvers>(resolvers: T): Defined {
  return { [mark]: resolvers }
}

/** The resolvers of a default export, or undefined where it is something else. */
export function resolversOf(exported: unknown): object | undefined {
  const resolvers: unknown = typeof exported === 'object' && exported !== null ? Reflect.get(exported, mark) : undefined
  return typeof resolvers === 'object' && resolvers !== null ? resolvers : undefined
}
