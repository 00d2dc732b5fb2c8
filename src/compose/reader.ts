import type { FieldBinding } from './binding.ts'
import type { RowNaming } from './naming.ts'
import { valueAt, type Data } from './row.ts'

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
