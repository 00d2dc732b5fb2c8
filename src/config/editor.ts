import { sharedKeys, topLevelKeys } from './document.ts'
import type { Shape } from './shape.ts'
import { units } from './units.ts'

/** JSON schema, draft 7, which is what editors understand. */
type JsonSchema = Record<string, unknown>

const substituted = '\\$\\{'
const coreKeys = ['match', 'to', 'respond', 'path', 'playground', 'operations']

/**
 * The schema of one file in `routes/`, for editors. Wherever a value can stand, `${…}` can too; what one file leaves
 * out another may have, and what a policy's settings leave out `defaults` may have.
 */
export function editorSchema(document: Shape): JsonSchema {
  const keys = topLevelKeys.map((key): [string, JsonSchema] => [key, topLevel(key, document.properties?.[key] ?? {})])
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Sluice config',
    description: 'One file of routes/. Generated from src/config and plugins/.',
    type: 'object',
    properties: Object.fromEntries(keys),
    additionalProperties: false,
  }
}

function topLevel(key: string, shape: Shape): JsonSchema {
  if (key === 'defaults') return convert(open(shape, []))
  if (key === 'graphql') return convert(open(shape, coreKeys))
  if (!sharedKeys.includes(key)) return convert(shape)
  const { additionalProperties: entry } = shape
  const isRoute = key === 'routes' && typeof entry === 'object'
  const one = isRoute ? { ...shape, additionalProperties: open(entry, coreKeys) } : shape
  return { ...convert({ ...one, minProperties: 0 }), type: ['object', 'null'] }
}

/** Settings of policies in which nothing is required, since `defaults` and routes complete each other. */
function open(shape: Shape, closed: readonly string[]): Shape {
  const entries = Object.entries(shape.properties ?? {})
  const opened = entries.map(([key, own]): [string, Shape] => [key, closed.includes(key) ? own : optional(own)])
  return { ...shape, properties: Object.fromEntries(opened) }
}

function optional(shape: Shape): Shape {
  if (shape.anyOf !== undefined) return { ...shape, anyOf: shape.anyOf.map(optional) }
  if (shape.oneOf !== undefined) return { ...shape, oneOf: shape.oneOf.map(optional) }
  return shape.properties === undefined ? shape : open({ ...shape, required: [] }, [])
}

function convert(shape: Shape): JsonSchema {
  const { description, default: preset } = shape
  return {
    ...(description === undefined ? {} : { description }),
    ...(preset === undefined ? {} : { default: preset }),
    ...convertKind(shape),
  }
}

function convertKind(shape: Shape): JsonSchema {
  if (shape.unit !== undefined) return convertUnit(shape.unit, shape.bounds)
  if (shape.enum !== undefined) return { anyOf: [{ enum: shape.enum }, { type: 'string', pattern: substituted }] }
  if (shape.anyOf !== undefined) return { anyOf: shape.anyOf.map(convert) }
  if (shape.oneOf !== undefined) return { anyOf: shape.oneOf.map(convert) }
  if (shape.type === 'object') return convertMap(shape)
  if (shape.type === 'array') return convertList(shape)
  return shape.type === 'string' ? convertText(shape) : {}
}

function convertUnit(unit: NonNullable<Shape['unit']>, bounds: Shape['bounds'] = {}): JsonSchema {
  if (unit === 'boolean') return { type: ['boolean', 'string'], pattern: `${substituted}|^(true|false)$` }
  if (unit === 'number') return { type: ['number', 'string'], pattern: `${substituted}|^-?\\d+(\\.\\d+)?$`, ...bounds }
  const pattern = `${substituted}|${units[unit].pattern.source}`
  return unit === 'integer' ? { type: ['integer', 'string'], pattern, ...bounds } : { type: 'string', pattern }
}

function convertText({ pattern, minLength, maxLength }: Shape): JsonSchema {
  const bounds = defined({ pattern, minLength, maxLength })
  if (Object.keys(bounds).length === 0) return { type: 'string' }
  return { type: 'string', anyOf: [bounds, { pattern: substituted }] }
}

function convertList({ items, minItems, maxItems, uniqueItems }: Shape): JsonSchema {
  const bounds = defined({ minItems, maxItems, uniqueItems })
  return { type: 'array', ...(items === undefined ? {} : { items: convert(items) }), ...bounds }
}

function convertMap({ properties, required = [], additionalProperties: more = true, propertyNames, minProperties }: Shape): JsonSchema {
  const keys = Object.entries(properties ?? {}).map(([key, shape]): [string, JsonSchema] => [key, convert(shape)])
  return {
    type: 'object',
    ...(keys.length === 0 ? {} : { properties: Object.fromEntries(keys) }),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: typeof more === 'boolean' ? more : convert(more),
    ...(propertyNames === undefined ? {} : { propertyNames: { pattern: propertyNames.pattern } }),
    ...(minProperties === undefined || minProperties === 0 ? {} : { minProperties }),
  }
}

function defined(schema: JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined))
}
