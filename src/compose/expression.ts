import { SluiceError } from '../errors.ts'
import type { Identity } from '../identity.ts'
import { compileExpansion, expandConstant, type Scalar } from './expansion.ts'
import { serviceName, type Naming } from './naming.ts'
import { TemplateError, type Expression, type Operator, type Reference, type Template, type Variable } from './template.ts'

export { parseTemplate, TemplateError } from './template.ts'
export type { Reference, Template } from './template.ts'
export type { Naming } from './naming.ts'

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

/** How a reference is written, without its braces. */
export function nameOf({ root, path }: Reference): string {
  return root === 'argument' ? path.join('.') : `${root}.${path.join('.')}`
}

interface Reader {
  readonly name: string
  readonly explode: boolean
  readonly read: (scope: Scope) => Scalar | Scalar[] | undefined
  readonly required: boolean
}

export interface PathOptions {
  readonly naming: Naming
  /** Whether a client may leave out what an expression reads; without it, every argument. */
  readonly isOptional?: (reference: Reference) => boolean
}

/** Whether a reference reads what the client didn't write itself: its parent's data, or who it is. */
export function isGiven({ root }: Reference): boolean {
  return root !== 'argument'
}

/**
 * Compiles a URL's path and query (RFC 6570). The function gives null where an expression has no value, or a list of
 * keys is empty: there is then no call to make. Only optional arguments are left out of a query, for that is the
 * client's own choice; without the value of a parent or an identity the service would take the filter for absent and
 * give everybody's data. It throws PARAMETER_REFUSED for a value that can't be sent safely. Compiling throws
 * `TemplateError`.
 */
export function compilePath(
  template: Template, { naming, isOptional = (reference) => !isGiven(reference) }: PathOptions,
): (scope: Scope) => string | null {
  checkShape(template)
  const names = new Set<string>()
  const parts = template.parts.map((part) => {
    if (typeof part === 'string') return expandConstant(part)
    const readers = part.variables.map((variable) => readerOf(variable, part.operator, { naming, isOptional }, names))
    return compilePart(part, readers)
  })
  if (parts.every((part) => typeof part === 'string')) return () => template.text
  return (scope) => {
    let text = ''
    for (const part of parts) {
      const written = typeof part === 'string' ? part : part(scope)
      if (written === null) return null
      text += written
    }
    return text
  }
}

/** Compiles one expression: null where a value that has to be there is not, or a list is empty. */
function compilePart({ operator }: Expression, readers: readonly Reader[]): (scope: Scope) => string | null {
  const expand = compileExpansion(operator, readers)
  return (scope) => {
    const values: (Scalar | Scalar[] | undefined)[] = []
    for (const { read, required } of readers) {
      const value = read(scope)
      if (value === undefined ? required : Array.isArray(value) && value.length === 0) return null
      values.push(value)
    }
    return expand(values)
  }
}

function checkShape({ text, parts }: Template): void {
  if (!/^(\/|\{\/)/.test(text)) throw new TemplateError(`the path "${text}" must start with "/"`, 0)
  let query = false
  let offset = 0
  for (const part of parts) {
    if (typeof part !== 'string') {
      checkOperator(part, query)
      query ||= part.operator === '?'
      continue
    }
    offset = text.indexOf(part, offset)
    const odd = /[^\x21-\x7e]|[#\\"<>^`|]/.exec(part)
    if (odd !== null) throw new TemplateError(`"${odd[0]}" can't stand in a URL; percent-encode it`, offset + odd.index)
    query ||= part.includes('?')
  }
}

function checkOperator({ operator, offset }: Expression, query: boolean): void {
  if (operator === '?' && query) throw new TemplateError('the query has started already; use {&…} here', offset)
  if (operator === '&' && !query) throw new TemplateError('no query has started yet; use {?…} here', offset)
  if (query && (operator === '.' || operator === '/' || operator === ';')) {
    throw new TemplateError(`{${operator}…} belongs to a path and can't stand in the query`, offset)
  }
}

/** What a variable stands for. Throws where a parameter of the URL has its name already; those of the path have none. */
function readerOf(variable: Variable, operator: Operator, { naming, isOptional }: Required<PathOptions>, names: Set<string>): Reader {
  const { reference, explode } = variable
  const inQuery = operator === '?' || operator === '&'
  const name = inQuery || operator === ';' ? serviceName(reference.path.at(-1) ?? '', naming) : ''
  if (names.has(name)) throw new TemplateError(`two parameters of the URL have the name "${name}"`, reference.offset)
  if (name !== '') names.add(name)
  return { name, explode, required: !inQuery || !isOptional(reference), read: (scope) => readValue(variable, operator, scope) }
}

function readValue({ reference, prefix }: Variable, operator: Operator, scope: Scope): Scalar | Scalar[] | undefined {
  const value = readReference(reference, scope)
  if (value === undefined) return undefined
  const inPath = operator !== '?' && operator !== '&'
  const checked = (item: unknown) => checkScalar(item, reference, inPath)
  if (Array.isArray(value)) return value.filter((item) => item !== null && item !== undefined).map(checked)
  const scalar = checked(value)
  return prefix === null ? scalar : checked(Array.from(String(scalar)).slice(0, prefix).join(''))
}

function checkScalar(value: unknown, reference: Reference, inPath: boolean): Scalar {
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value !== 'string') throw refused(reference, 'is an object or a nested list', 'Give a single value or a list of them.')
  if (!value.isWellFormed()) throw refused(reference, 'is not well-formed text', 'Give whole Unicode characters.')
  if (!inPath) return value
  if (value === '') throw refused(reference, 'is empty', 'Give a value.')
  if (/^\.\.?(;|$)/.test(value)) throw refused(reference, 'is "." or ".."', 'Give the name of something below the path.')
  if (value.includes('/') || value.includes('\\')) throw refused(reference, 'has "/" or "\\"', 'Give one path segment.')
  if (hasControl(value)) throw refused(reference, 'has control characters', 'Leave them out.')
  if (/%(?:25)*(?:2e|2f|5c|00)/i.test(value)) {
    throw refused(reference, 'has an encoded separator, dot or NUL', 'Give the plain value; the gateway encodes it.')
  }
  return value
}

function hasControl(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return true
  }
  return false
}

function refused(reference: Reference, what: string, remedy: string): SluiceError {
  return new SluiceError('PARAMETER_REFUSED', `The value of "${nameOf(reference)}" ${what}. ${remedy}`)
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
