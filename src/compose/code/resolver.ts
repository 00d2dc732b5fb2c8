import type { Place } from '../../config/config.ts'

/** A field's function, whatever its types are: it is given what `FieldContext` says, with `parent` or `parents`. */
export type CodeFunction = (field: object) => unknown

/** A resolver that a file of `schema/` exports. */
export interface CodeResolver {
  readonly type: string
  readonly field: string
  readonly place: Place
  /** The most calls that one run of the function makes. */
  readonly calls: number
  /** How many parents one run takes; null where it takes one, and gives its value alone. */
  readonly max: number | null
  readonly run: CodeFunction
}
