import type { FieldBinding } from './binding.ts'
import type { RowNaming } from './naming.ts'
import { valueAt } from './row.ts'

/** An object of a service's answer. */
export type Data = Readonly<Record<string, unknown>>

/** Reads a value of an object; null where it has none. */
export type Read = (data: Data) => unknown

/** Compiles how a field is read from answers that are named so. Only own properties count. */
export function compileRead(field: FieldBinding, naming: RowNaming): Read {
  const path = field.from[naming]
  const [name] = path
  // A parsed answer has no properties but its own and those that every object has.
  if (path.length === 1 && name !== undefined && !(name in Object.prototype)) return (data) => data[name] ?? null
  return (data) => valueAt(data, path)
}

export function isData(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
