import { suggest } from '../../config/suggest.ts'
import { serviceName, type Naming } from '../naming.ts'
import type { Reference, Template } from '../template.ts'
import type { Contract } from './document.ts'
import { kindsOf } from './form.ts'
import type { Operation, Parameter } from './operation.ts'
import { variantsOf } from './schema.ts'

/** A parameter that a template writes into the query. */
export interface QueryParameter {
  readonly name: string
  /** What its value is, where that is one expression and all of it. */
  readonly reference: Reference | null
  /** Where it stands in the template's text. */
  readonly offset: number
}

/** The query parameters of a template, by the names that the service sees. */
export function queryOf({ parts, text }: Template, naming: Naming): readonly QueryParameter[] {
  const found: QueryParameter[] = []
  let offset = 0
  let started = false
  for (const part of parts) {
    if (typeof part !== 'string') {
      if (part.operator === '?' || part.operator === '&') {
        started = true
        found.push(...part.variables.map(({ reference }) => {
          return { name: serviceName(reference.path.at(-1) ?? '', naming), reference, offset: reference.offset }
        }))
      }
      continue
    }
    offset = text.indexOf(part, offset)
    const start = started ? 0 : part.indexOf('?')
    if (start === -1) continue
    started = true
    found.push(...constantsIn(part.slice(start), offset + start))
  }
  return found
}

/** Names written out, as in `?status=open`; what has an expression for a value can be of any type. */
function constantsIn(text: string, offset: number): QueryParameter[] {
  return [...text.matchAll(/[?&]([^=&?]+)/g)].map(({ 1: name = '', index }) => {
    return { name: [...new URLSearchParams(name).keys()][0] ?? '', reference: null, offset: offset + index + 1 }
  })
}

/** Why the contract doesn't know a query parameter, as a clause. */
export function unknownParameter(name: string, operation: Operation, { root, service }: Contract): string | undefined {
  const known = operation.parameters.filter((parameter) => parameter.in === 'query')
  if (known.some((parameter) => parameter.name === name || parameter.style === 'deepObject' && name.startsWith(`${parameter.name}[`))) return undefined
  if (operation.parameters.some((parameter) => takesAnyName(parameter, root))) return undefined
  const near = suggest(name, known.map((parameter) => parameter.name))
  const remedy = near !== '' ? near : known.length === 0 ? '; it has none' : `; it has ${known.map((parameter) => parameter.name).join(', ')}`
  return `${operation.name} has no query parameter "${name}" by the contract of "${service}"${remedy}`
}

/** An object is written as one parameter for each of its properties; and what can't be read could be any. */
function takesAnyName(parameter: Parameter, root: Contract['root']): boolean {
  if (parameter.in === 'elsewhere' || parameter.in === 'querystring') return true
  if (parameter.in !== 'query' || parameter.style === 'deepObject') return false
  return variantsOf(parameter.schema, root).some((form) => kindsOf(form)?.has('object') === true)
}

/** The parameters without which the service refuses the call, and that a template doesn't have. */
export function lackingParameters(written: readonly QueryParameter[], { parameters }: Operation): readonly Parameter[] {
  return parameters.filter((each) => each.in === 'query' && each.required && !written.some(({ name }) => name === each.name))
}
