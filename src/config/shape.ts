import type { TSchema } from 'typebox'
import type { UnitName } from './units.ts'

/** A schema in the one form that validation, filling in, the editor's schema and the reference page all read. */
export interface Shape {
  description?: string
  /** What a pattern asks for, as a noun; of a map, what its names must be. */
  expects?: string
  default?: unknown
  type?: string
  /** Scalars that may come as text, from the environment: quantities, numbers, `true` and `false`. */
  unit?: UnitName | 'number' | 'boolean'
  /** The least and the most that a unit's value may be. */
  bounds?: { minimum?: number; maximum?: number }
  properties?: Record<string, Shape>
  required?: string[]
  additionalProperties?: boolean | Shape
  propertyNames?: { pattern: string; expects?: string }
  minProperties?: number
  items?: Shape
  anyOf?: Shape[]
  oneOf?: Shape[]
  discriminator?: { propertyName: string }
  enum?: unknown[]
  pattern?: string
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  uniqueItems?: boolean
}

/** A TypeBox schema as JSON schema has it. */
interface Raw extends Omit<Shape, 'properties' | 'items' | 'anyOf' | 'additionalProperties' | 'type'> {
  type?: string | string[]
  const?: unknown
  minimum?: number
  maximum?: number
  properties?: Record<string, TSchema>
  patternProperties?: Record<string, TSchema>
  additionalProperties?: boolean | TSchema
  items?: TSchema
  anyOf?: TSchema[]
}

/** Brings a TypeBox schema into the form that the config works with. Throws on what that form has no place for. */
export function toShape(schema: TSchema): Shape {
  const raw: Raw = { ...schema }
  const { description, expects, default: preset } = raw
  const about: Shape = {
    ...(description === undefined ? {} : { description }),
    ...(expects === undefined ? {} : { expects }),
    ...(preset === undefined ? {} : { default: preset }),
  }
  if (raw.anyOf !== undefined) return { ...about, ...union(raw.anyOf.map(toShape)) }
  const unit = unitOf(raw)
  if (unit !== undefined) return { ...about, unit, bounds: boundsOf(raw) }
  if (raw.const !== undefined) return { ...about, enum: [raw.const] }
  if (raw.enum !== undefined) return { ...about, enum: raw.enum }
  if (raw.type === 'object') return { ...about, ...mapShape(raw) }
  if (raw.type === 'array') return { ...about, ...listShape(raw) }
  if (raw.type === 'string') return { ...about, ...textShape(raw) }
  if (raw.type === undefined) return about
  throw new Error(`the config has no use for schemas of the type ${String(raw.type)}`)
}

function unitOf({ unit, type }: Raw): Shape['unit'] {
  if (unit !== undefined) return unit
  return type === 'integer' || type === 'number' || type === 'boolean' ? type : undefined
}

function boundsOf({ minimum, maximum }: Raw): NonNullable<Shape['bounds']> {
  return { ...(minimum === undefined ? {} : { minimum }), ...(maximum === undefined ? {} : { maximum }) }
}

function textShape(raw: Raw): Shape {
  return { type: 'string', ...picked(raw, ['pattern', 'minLength', 'maxLength']) }
}

function listShape(raw: Raw): Shape {
  const items = raw.items === undefined ? {} : { items: toShape(raw.items) }
  return { type: 'array', ...items, ...picked(raw, ['minItems', 'maxItems', 'uniqueItems']) }
}

/** A key with a default may be left out; a map of named things checks names and things apart. */
function mapShape(raw: Raw): Shape {
  const [pattern, value] = Object.entries(raw.patternProperties ?? {})[0] ?? []
  if (pattern !== undefined && value !== undefined) {
    const names = { pattern, ...picked(raw, ['expects']) }
    const bounds = picked(raw, ['minProperties'])
    return { type: 'object', additionalProperties: toShape(value), propertyNames: names, ...bounds }
  }
  const properties = Object.fromEntries(Object.entries(raw.properties ?? {}).map(([key, of]) => [key, toShape(of)]))
  const required = (raw.required ?? []).filter((key) => properties[key]?.default === undefined)
  const { additionalProperties: more = true } = raw
  return {
    type: 'object',
    properties,
    required,
    additionalProperties: typeof more === 'boolean' ? more : toShape(more),
  }
}

function picked<K extends keyof Shape & keyof Raw>(raw: Raw, keys: readonly K[]): Pick<Raw, K> | object {
  return Object.fromEntries(keys.filter((key) => raw[key] !== undefined).map((key) => [key, raw[key]]))
}

/** A choice among constants is an enum; among maps that one key tells apart, its errors name that key. */
function union(branches: Shape[]): Shape {
  if (branches.every((branch) => branch.enum !== undefined)) return { enum: branches.flatMap((branch) => branch.enum ?? []) }
  const tag = tagOf(branches)
  return tag === undefined ? { anyOf: branches } : { type: 'object', discriminator: { propertyName: tag }, oneOf: branches }
}

function tagOf([first, ...others]: Shape[]): string | undefined {
  const isTag = (branch: Shape, key: string) =>
    branch.properties?.[key]?.enum?.length === 1 && branch.required?.includes(key) === true
  return Object.keys(first?.properties ?? {}).find((key) => [first ?? {}, ...others].every((branch) => isTag(branch, key)))
}
