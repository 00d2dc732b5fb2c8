import { parseTemplate } from 'url-template'
import type { Operator } from './template.ts'

export type Scalar = string | number | boolean

/** A variable of an expression, by the name that the URL gives it. */
export interface Named {
  readonly name: string
  readonly explode: boolean
}

/** How an operator writes its values (RFC 6570 appendix A). */
interface Writing {
  readonly first: string
  readonly separator: string
  readonly named: boolean
  /** What a name has after it whose value is empty. */
  readonly ifEmpty: string
}

const writings: Readonly<Record<Operator, Writing>> = {
  '': { first: '', separator: ',', named: false, ifEmpty: '' },
  '.': { first: '.', separator: '.', named: false, ifEmpty: '' },
  '/': { first: '/', separator: '/', named: false, ifEmpty: '' },
  ';': { first: ';', separator: ';', named: true, ifEmpty: '' },
  '?': { first: '?', separator: '&', named: true, ifEmpty: '=' },
  '&': { first: '&', separator: '&', named: true, ifEmpty: '=' },
}

/**
 * Compiles an expression to what writes its values, one for each variable, undefined where there is none; an empty list
 * is none, too. It is the expansion of RFC 6570 section 3.2, for single values and lists.
 */
export function compileExpansion(operator: Operator, variables: readonly Named[]): (values: readonly (Scalar | readonly Scalar[] | undefined)[]) => string {
  const writing = writings[operator]
  const { first, separator } = writing
  return (values) => {
    let text = ''
    let before = first
    for (let index = 0; index < variables.length; index++) {
      const [variable, value] = [variables[index], values[index]]
      if (variable === undefined || value === undefined || (Array.isArray(value) && value.length === 0)) continue
      text += before + (typeof value === 'object' ? writeList(value, variable, writing) : writeText(encode(value), variable.name, writing))
      before = separator
    }
    return text
  }
}

/** Constant text, with what can't stand in a URL encoded. */
export function expandConstant(text: string): string {
  return parseTemplate(text).expand({})
}

function writeText(text: string, name: string, { named, ifEmpty }: Writing): string {
  if (!named) return text
  return text === '' ? name + ifEmpty : `${name}=${text}`
}

function writeList(values: readonly Scalar[], { name, explode }: Named, writing: Writing): string {
  if (!explode) return writeText(values.map(encode).join(','), name, writing)
  return values.map((value) => writeText(encode(value), name, writing)).join(writing.separator)
}

/** Everything but unreserved characters is encoded (RFC 3986 section 2.3); encodeURIComponent leaves five more as they are. */
function encode(value: Scalar): string {
  const text = String(value)
  if (unreserved.test(text)) return text
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}

const unreserved = /^[A-Za-z0-9\-._~]*$/
