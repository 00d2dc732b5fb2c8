import type { Identity } from '../identity.ts'
import { checkScalar, refused } from './scalar-value.ts'
import { TemplateError, type Reference, type Template } from './template.ts'

export { nameOf, parseTemplate, TemplateError } from './template.ts'
export type { Reference, Template } from './template.ts'

/** What expressions can read. `arguments` are a field's arguments, or the parameters of a route's path. */
export interface Scope {
  readonly arguments: Readonly<Record<string, unknown>>
  readonly parent?: unknown
  readonly identity: Identity
}

/** The value of a reference, or undefined; only own properties count, null counts as no value. */
export function readReference({ root, path }: Reference, scope: Scope): unknown {
  let value: unknown = root === 'argument' ? scope.arguments : root === 'parent' ? scope.parent : scope.identity
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = Reflect.get(value, step)
  }
  return value ?? undefined
}

/** Whether a reference reads what the client didn't write itself: its parent's data, or who it is. */
export function isGiven({ root }: Reference): boolean {
  return root !== 'argument'
}

/**
 * Compiles a header's value. The function gives undefined where an expression has no value, and throws
 * PARAMETER_REFUSED for one that a header can't carry. Compiling throws `TemplateError`.
 */
export function compileHeader(template: Template): (scope: Scope) => string | undefined {
  const parts = plainParts(template)
  for (const part of parts) {
    if (typeof part === 'string' && !isFieldText(part)) throw new TemplateError('a header has no control characters', 0)
  }
  return (scope) => {
    const value = joinParts(parts, scope, headerText)
    return value === undefined ? undefined : value.replace(/^[ \t]+|[ \t]+$/g, '')
  }
}

function headerText(value: unknown, reference: Reference): string {
  const text = Array.isArray(value) ? value.map((item) => headerItem(item, reference)).join(',') : headerItem(value, reference)
  if (isFieldText(text)) return text
  throw refused(reference, "has characters that a header can't carry", 'Leave out control characters and what ISO 8859-1 lacks.')
}

function headerItem(value: unknown, reference: Reference): string {
  return String(checkScalar(value, reference, false))
}

/** Field content of RFC 9110 section 5.5: visible characters that have a byte of their own, spaces and tabs. */
export function isFieldText(text: string): boolean {
  return /^[\t\x20-\x7e\xa0-\xff]*$/.test(text)
}

/**
 * Compiles a value: a template that is one expression keeps its type, any other is text. No value is undefined.
 * Compiling throws `TemplateError`.
 */
export function compileValue(template: Template): (scope: Scope) => unknown {
  const parts = plainParts(template)
  const [first] = parts
  if (first === undefined) return () => ''
  if (parts.length > 1) return (scope) => joinParts(parts, scope, headerItem)
  return typeof first === 'string' ? () => first : (scope) => readReference(first, scope)
}

/** Outside URLs an expression is one reference, without operator or modifier. */
function plainParts({ parts }: Template): readonly (string | Reference)[] {
  return parts.map((part) => {
    if (typeof part === 'string') return part
    const [variable, ...more] = part.variables
    if (variable !== undefined && more.length === 0 && part.operator === '' && !variable.explode && variable.prefix === null) {
      return variable.reference
    }
    throw new TemplateError('operators, lists and modifiers in braces belong into URLs; write {x} here', part.offset)
  })
}

type Write = (value: unknown, reference: Reference) => string

function joinParts(parts: readonly (string | Reference)[], scope: Scope, write: Write): string | undefined {
  let text = ''
  for (const part of parts) {
    if (typeof part === 'string') {
      text += part
      continue
    }
    const value = readReference(part, scope)
    if (value === undefined) return undefined
    text += write(value, part)
  }
  return text
}
