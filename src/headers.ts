/** Header fields by lower-case name. */
export type HeaderMap = Record<string, string | string[] | undefined>

/** The first value of a field, or undefined. */
export function firstValue(headers: HeaderMap, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}
