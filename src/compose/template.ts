/** Where an expression takes its value from. */
export interface Reference {
  readonly root: 'argument' | 'parent' | 'identity'
  readonly path: readonly string[]
  /** Where the expression stands in the template's text, in UTF-16 units from 0. */
  readonly offset: number
}

/** How a reference is written, without its braces. */
export function nameOf({ root, path }: Reference): string {
  return root === 'argument' ? path.join('.') : `${root}.${path.join('.')}`
}

/** One variable of an expression, with its modifier (RFC 6570 section 2.4). */
export interface Variable {
  readonly reference: Reference
  readonly explode: boolean
  readonly prefix: number | null
}

export type Operator = '' | '.' | '/' | ';' | '?' | '&'

export interface Expression {
  readonly operator: Operator
  readonly variables: readonly Variable[]
  readonly offset: number
}

/** Text with expressions in braces, understood once. */
export interface Template {
  readonly text: string
  /** Constants as text, expressions as objects, in order. */
  readonly parts: readonly (string | Expression)[]
  readonly references: readonly Reference[]
}

/** A template that can't be understood; the message is a clause without a full stop. */
export class TemplateError extends Error {
  /** Where in the template's text the mistake stands. */
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.name = 'TemplateError'
    this.offset = offset
  }
}

/** Reads text with expressions in braces. Throws `TemplateError`. */
export function parseTemplate(text: string): Template {
  const parts: (string | Expression)[] = []
  let at = 0
  while (at < text.length) {
    const open = text.indexOf('{', at)
    const constant = text.slice(at, open === -1 ? text.length : open)
    const stray = constant.indexOf('}')
    if (stray !== -1) throw new TemplateError('"}" closes no expression', at + stray)
    if (constant !== '') parts.push(constant)
    if (open === -1) break
    const close = text.indexOf('}', open)
    if (close === -1) throw new TemplateError('the expression is not closed by "}"', open)
    parts.push(parseExpression(text.slice(open + 1, close), open))
    at = close + 1
  }
  const expressions = parts.filter((part) => typeof part !== 'string')
  return { text, parts, references: expressions.flatMap(({ variables }) => variables.map(({ reference }) => reference)) }
}

function parseExpression(inner: string, offset: number): Expression {
  const sign = /^[^A-Za-z_{]/.exec(inner)?.[0] ?? ''
  if (sign === '+' || sign === '#') {
    throw new TemplateError(`{${sign}…} is refused, for it lets a value write path and query itself; use {…} or {?…}`, offset)
  }
  if (!isOperator(sign)) throw new TemplateError(`"${sign}" is no operator of an expression`, offset)
  const list = inner.slice(sign.length)
  if (list === '') throw new TemplateError('the expression is empty', offset)
  let at = offset + 1 + sign.length
  const variables = list.split(',').map((text) => {
    const variable = parseVariable(text, at)
    at += text.length + 1
    return variable
  })
  return { operator: sign, variables, offset }
}

function isOperator(sign: string): sign is Operator {
  return ['', '.', '/', ';', '?', '&'].includes(sign)
}

const variable = /^([A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*)*)(\*|:[1-9][0-9]{0,3})?$/

function parseVariable(text: string, offset: number): Variable {
  const [, name, modifier] = variable.exec(text) ?? []
  if (name === undefined) {
    throw new TemplateError(`"${text}" is no expression; write {x}, {parent.x}, {identity.subject} or {identity.claims.x}`, offset)
  }
  return {
    reference: { ...parseReference(name, offset), offset },
    explode: modifier === '*',
    prefix: modifier?.startsWith(':') === true ? Number(modifier.slice(1)) : null,
  }
}

function parseReference(name: string, offset: number): Pick<Reference, 'root' | 'path'> {
  const path = name.split('.')
  const [root, ...rest] = path
  if (root === 'parent') {
    if (rest.length === 0) throw new TemplateError('"parent" alone has no value; name a field, as in {parent.id}', offset)
    return { root, path: rest }
  }
  if (root === 'identity') {
    const [part, ...deeper] = rest
    const whole = (part === 'subject' || part === 'provider') && deeper.length === 0
    if (whole || (part === 'claims' && deeper.length > 0)) return { root, path: rest }
    throw new TemplateError(`{${name}} is unknown; an identity has identity.subject, identity.provider and identity.claims.x`, offset)
  }
  return { root: 'argument', path }
}
