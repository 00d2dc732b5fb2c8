import { compileExpansion, expandConstant, type Scalar } from './expansion.ts'
import { isGiven, readReference, type Scope } from './expression.ts'
import { serviceName, type Naming } from './naming.ts'
import { checkScalar } from './scalar-value.ts'
import { TemplateError, type Expression, type Operator, type Reference, type Template, type Variable } from './template.ts'

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
      if (typeof part === 'string') {
        text += part
        continue
      }
      const written = part(scope)
      if (written === null) return null
      // What should have begun the query may have been left out; values have no "&" of their own.
      text += written.startsWith('&') && !text.includes('?') ? `?${written.slice(1)}` : written
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
