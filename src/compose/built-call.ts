import type { HeaderMap } from '../headers.ts'
import type { Call } from '../services/service.ts'
import type { CallTemplate } from './binding.ts'
import type { Scope } from './expression.ts'

/** A call whose expressions have values. */
export type BuiltCall = Call & { readonly body: string | null }

/** Gives a call its values; null where an expression in the path has none. `selection` is added to its query. */
export function buildCall({ method, path: pathOf, headers, body }: CallTemplate, scope: Scope, selection?: string): BuiltCall | null {
  const whole = pathOf(scope)
  if (whole === null) return null
  const path = selection === undefined ? whole : `${whole}${whole.includes('?') ? '&' : '?'}${selection}`
  const fields: HeaderMap = { accept: 'application/json' }
  for (const { name, value } of headers) {
    const text = value(scope)
    if (text !== undefined) fields[name] = text
  }
  const content = body?.evaluate(scope)
  if (content === undefined) return { method, path, headers: fields, body: null }
  fields['content-type'] ??= 'application/json'
  return { method, path, headers: fields, body: JSON.stringify(content) }
}

/** A text that only equal calls share. */
export function nameOf(service: string, { method, path, headers, body }: BuiltCall): string {
  return JSON.stringify([service, method, path, headers, body])
}
