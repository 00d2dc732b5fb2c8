import { getNamedType, getNullableType, isLeafType, isListType, isNonNullType, type GraphQLOutputType } from 'graphql'
import { SluiceError, type ErrorOptions } from '../errors.ts'
import { coordinateOf, endpointOf, type FieldBinding } from './binding.ts'
import type { RowNaming } from './naming.ts'

/** Whose answer a value stands in. */
export interface Origin {
  /** Null where code gave it. */
  readonly service: string | null
  readonly naming: RowNaming
}

/** The origin of what a call brings. */
export type CallOrigin = Origin & { readonly service: string }

/** Code gives what it gives by the names of the schema. */
export const coded: Origin = { service: null, naming: 'declared' }

/** An object of a service's answer, as composition passes it from field to field. */
export class Row {
  readonly value: object
  readonly origin: Origin

  constructor(value: object, origin: Origin) {
    this.value = value
    this.origin = origin
  }
}

/** The value at a path of own properties; a missing step is null. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  let at = value
  for (const step of path) {
    if (!isObject(at) || !Object.hasOwn(at, step)) return null
    at = Reflect.get(at, step)
  }
  return at ?? null
}

/** An object of parsed JSON, such as one of a service's answer. */
export type Data = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A data field of a row, as the service wrote it. */
export function readField({ value, origin }: Row, field: FieldBinding): unknown {
  return valueAt(value, field.from[origin.naming])
}

/** A value of an answer, fit for the field's type: objects become rows, lists are checked against their bound. */
export function shape(value: unknown, field: FieldBinding, origin: Origin, longest: number | null): unknown {
  if (Array.isArray(value)) checkLength(value, field, origin, longest)
  return shapeAs(value, field.type, field, origin)
}

function shapeAs(value: unknown, type: GraphQLOutputType, field: FieldBinding, origin: Origin): unknown {
  if (value === null || value === undefined) return null
  if (value instanceof Error) throw value
  const bare = getNullableType(type)
  if (isListType(bare)) {
    if (!Array.isArray(value)) throw misfit(field, origin, 'is no list')
    const items = value.map((item) => shapeItem(item, bare.ofType, field, origin))
    return field.callsBelow ? items.map(deferred) : items
  }
  if (isLeafType(getNamedType(bare))) {
    if (origin.service === null && !hasForm(value)) throw misfit(field, origin, 'has no JSON form')
    return value
  }
  if (!isObject(value)) throw misfit(field, origin, 'is no object')
  return new Row(value, origin)
}

/** Whether JSON can be made of a leaf that code gave. What a service gave was JSON, and values that are no objects are for the type to judge. */
function hasForm(value: unknown): boolean {
  if (typeof value !== 'object') return true
  try {
    return typeof JSON.stringify(value) === 'string'
  } catch {
    return false
  }
}

/** What doesn't fit is an error in its own place of the list: graphql-js takes an `Error` for a thrown one. */
function shapeItem(item: unknown, type: GraphQLOutputType, field: FieldBinding, origin: Origin): unknown {
  try {
    return shapeAs(item, type, field, origin)
  } catch (thrown) {
    return thrown
  }
}

/**
 * graphql-js 16 drops the promises of a list's other items when one item fails synchronously, and their rejections
 * go unhandled. Where calls are below, every item is therefore a promise.
 */
function deferred(item: unknown): Promise<unknown> {
  return Promise.resolve(item)
}

export function misfit(field: FieldBinding, { service }: Origin, what: string): SluiceError {
  const giver = service === null ? 'code' : `the service "${service}"`
  return new SluiceError('SERVICE_ANSWER_INVALID', `What ${giver} gave for ${coordinateOf(field)} ${what}.`, about(service))
}

function about(service: string | null): ErrorOptions {
  return service === null ? {} : { extensions: { service } }
}

/** Throws LIST_TOO_LONG for a list with more items than it can have. */
export function checkLength(items: readonly unknown[], field: FieldBinding, { service }: Origin, longest: number | null): void {
  if (longest === null || items.length <= longest) return
  const giver = service === null ? 'Code' : `The service "${service}"`
  throw new SluiceError('LIST_TOO_LONG', `${giver} gave ${items.length} items for ${coordinateOf(field)}, which can have ${longest}.`, about(service))
}

/** How many items a list can have with these arguments, or null where nothing says so. */
export function longestList(field: FieldBinding, args: Readonly<Record<string, unknown>>): number | null {
  if (field.list === null) return null
  const { max, by } = field.list
  const asked = by === null || !Object.hasOwn(args, by) ? undefined : args[by]
  return typeof asked === 'number' ? Math.min(asked, max) : max
}

/** How many items a list can have at most, or null: one that has an item for each key needs no bound of its own. */
export function mostItems(field: FieldBinding, args: Readonly<Record<string, unknown>>): number | null {
  return longestList(field, args) ?? (oneForEachKey(field) ? keysGiven(field, args) ?? 0 : null)
}

/** Whether a batched root field that is asked for itself gives one item for each key; where none may be null, it gives all there are. */
export function oneForEachKey({ batch, type }: FieldBinding): boolean {
  const bare = getNullableType(type)
  return batch !== null && isListType(bare) && !isNonNullType(bare.ofType)
}

/** Where in the arguments a client writes the keys that a field looks up, or null where they come from elsewhere. */
function keyPath({ batch, source }: FieldBinding): readonly string[] | null {
  if (batch !== null) return [batch.arg]
  const [name, ...rest] = source.kind === 'target' ? keyPath(source.target.field) ?? [] : []
  const literal = source.kind === 'target' && name !== undefined ? source.target.arguments[name] : undefined
  const [reference, second] = literal?.references ?? []
  return reference?.root === 'argument' && second === undefined ? [...reference.path, ...rest] : null
}

/** How many keys the client gives for a field to look up; null where they come from elsewhere. */
export function keysGiven(field: FieldBinding, args: Readonly<Record<string, unknown>>): number | null {
  const path = keyPath(field)
  const keys = path === null ? null : valueAt(args, path)
  return Array.isArray(keys) ? keys.length : null
}

/** How many keys a client may give for a field to look up; null where they come from elsewhere. */
export function mostKeys(field: FieldBinding): number | null {
  return keyPath(field) === null ? null : field.list?.max ?? endpointOf(field).batch?.max ?? null
}

function refuseKeys(field: FieldBinding, args: Readonly<Record<string, unknown>>): SluiceError | undefined {
  const path = keyPath(field)
  const keys = keysGiven(field, args)
  const most = longestList(field, args) ?? endpointOf(field).batch?.max
  if (path === null || keys === null || most === undefined || keys <= most) return undefined
  const detail = `"${path.join('.')}" of ${coordinateOf(field)} has ${keys} keys. Give at most ${most}.`
  return new SluiceError('PARAMETER_REFUSED', detail)
}

/**
 * The refusal of a list longer than it can be, or undefined. Keys are as bounded as the list that they give: repeated
 * ones make no further call, but a longer answer.
 */
export function refuseLength(field: FieldBinding, args: Readonly<Record<string, unknown>>): SluiceError | undefined {
  return refuseKeys(field, args) ?? refuseAsked(field, args)
}

function refuseAsked(field: FieldBinding, args: Readonly<Record<string, unknown>>): SluiceError | undefined {
  if (field.list === null || field.list.by === null) return undefined
  const { max, by } = field.list
  const asked = Object.hasOwn(args, by) ? args[by] : undefined
  if (typeof asked !== 'number' || (asked >= 0 && asked <= max)) return undefined
  return new SluiceError('PARAMETER_REFUSED', `"${by}" of ${coordinateOf(field)} is ${asked}. Give a number from 0 to ${max}.`)
}
