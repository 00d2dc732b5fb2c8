/** Header fields by lower-case name. */
export type HeaderMap = Record<string, string | string[] | undefined>

type Present = Record<string, string | string[]>

/** Adds names to what caches are told that an answer depends on (RFC 9110 section 12.5.5), each once. */
export function addVary(headers: HeaderMap, ...names: readonly string[]): void {
  const present = headers['vary'] ?? []
  const fields = [present].flat().flatMap((value) => value.split(',').map((field) => field.trim()))
  const known = new Set(fields.map((field) => field.toLowerCase()))
  const missing = names.filter((name) => !known.has('*') && !known.has(name.toLowerCase()))
  if (missing.length > 0) headers['vary'] = [...fields, ...missing].join(', ')
}

/** The fields that have a value; the same map where all of them do, which is usual. */
export function present(headers: HeaderMap): Present {
  if (isPresent(headers)) return headers
  const kept: Present = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) kept[name] = value
  }
  return kept
}

function isPresent(headers: HeaderMap): headers is Present {
  for (const name in headers) if (headers[name] === undefined) return false
  return true
}

/** The first value of a field, or undefined. */
export function firstValue(headers: HeaderMap, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}
