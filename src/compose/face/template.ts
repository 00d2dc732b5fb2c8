import {
  getNullableType, isInputObjectType, isListType, isNonNullType, isRequiredInputField, isScalarType, type GraphQLInputObjectType, type GraphQLInputType,
} from 'graphql'
import { join } from '../../config/pointer.ts'
import { suggest } from '../../config/suggest.ts'
import { anonymous } from '../../identity.ts'
import { compileValue, parseTemplate, readReference, type Reference } from '../expression.ts'
import { readText, scalarSchema } from './text.ts'

/** What variables are read from. */
export interface Given {
  readonly parameters: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly body: unknown
}

/** A piece of the request that a variable reads, with the type that it has there; null where any JSON will do. */
export interface Use {
  readonly from: 'path' | 'query' | 'body'
  /** A name, or the members of the body from the outside in. */
  readonly path: readonly string[]
  readonly type: GraphQLInputType | null
  readonly required: boolean
}

/** Takes a problem; the pointer counts from the route's `to`. */
export type ReportAt = (pointer: string, message: string) => void

export type Read = (given: Given) => unknown

/** Compiles plain data in which texts are templates; each place has a type, or null where the type takes any JSON. */
export class FaceTemplate {
  readonly uses: Use[] = []
  readonly #required: boolean
  readonly #report: ReportAt

  constructor(required: boolean, report: ReportAt) {
    this.#required = required
    this.#report = report
  }

  compile(value: unknown, type: GraphQLInputType | null, at: string): Read {
    if (typeof value === 'string') return this.#compileText(value, type)
    if (typeof value !== 'object' || value === null) return () => value
    const bare = type === null ? null : getNullableType(type)
    if (Array.isArray(value)) return this.#compileList(value, bare, at)
    return this.#compileMap(Object.entries(value), bare, at)
  }

  #compileList(values: readonly unknown[], type: GraphQLInputType | null, at: string): Read {
    if (!isListType(type) && !takesAnything(type)) this.#report(at, `a ${String(type)} is no list`)
    const items = values.map((item, index) => this.compile(item, isListType(type) ? type.ofType : null, join(at, index)))
    return (given) => items.map((read) => read(given) ?? null)
  }

  #compileMap(entries: readonly [string, unknown][], type: GraphQLInputType | null, at: string): Read {
    if (isInputObjectType(type)) this.#checkNames(type, entries, at)
    else if (!takesAnything(type)) this.#report(at, `a ${String(type)} is no map`)
    const fields = isInputObjectType(type) ? type.getFields() : {}
    const members = entries.map(([name, member]) => [name, this.compile(member, fields[name]?.type ?? null, join(at, name))] as const)
    return (given) => {
      return Object.fromEntries(members.map(([name, read]) => [name, read(given)] as const).filter(([, member]) => member !== undefined))
    }
  }

  #checkNames(type: GraphQLInputObjectType, entries: readonly [string, unknown][], at: string): void {
    const fields = type.getFields()
    const names = entries.map(([name]) => name)
    for (const name of names) {
      if (!Object.hasOwn(fields, name)) this.#report(join(at, name), `${type.name} has no field "${name}"${suggest(name, Object.keys(fields))}`)
    }
    for (const field of Object.values(fields)) {
      if (isRequiredInputField(field) && !names.includes(field.name)) this.#report(at, `the field "${field.name}" of ${type.name} is missing`)
    }
  }

  #compileText(text: string, type: GraphQLInputType | null): Read {
    const template = parseTemplate(text)
    const [first] = template.references
    const single = template.parts.length === 1 && first !== undefined
    for (const reference of template.references) this.#use(reference, single ? type : null)
    // The body is typed already: text in it is meant as text.
    if (single && isOfBody(first)) return ({ body }) => readReference(first, { arguments: { body }, identity: anonymous })
    const evaluate = compileValue(template)
    return ({ parameters, body }) => {
      const value = evaluate({ arguments: { ...parameters, body }, identity: anonymous })
      return typeof value === 'string' && type !== null ? readText(value, type) : value
    }
  }

  #use(reference: Reference, type: GraphQLInputType | null): void {
    const required = this.#required || (type !== null && isNonNullType(type))
    if (isOfBody(reference)) this.uses.push({ from: 'body', path: reference.path.slice(1), type, required })
    else this.uses.push({ from: 'path', path: reference.path, type, required: true })
  }
}

function isOfBody({ path }: Reference): boolean {
  return path[0] === 'body'
}

function takesAnything(type: GraphQLInputType | null): boolean {
  return type === null || (isScalarType(type) && scalarSchema(type)['type'] === undefined)
}
