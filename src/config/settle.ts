import { readQuantity } from './quantity.ts'
import type { Shape } from './shape.ts'

/**
 * Turns written data into what it means: quantities become numbers and what was left out gets its default. What does
 * not fit its shape, which validation has reported, becomes the nearest thing that does, so that checks can go on.
 */
export function settle(shape: Shape, written: unknown): unknown {
  const value = written === undefined ? structuredClone(shape.default) : written
  if (shape.unit !== undefined) return settleQuantity(shape, value)
  if (shape.enum !== undefined) return shape.enum.includes(value) ? value : shape.enum[0]
  const branches = shape.anyOf ?? shape.oneOf
  if (branches !== undefined) return settle(branches.find((branch) => fits(branch, value)) ?? branches[0] ?? {}, value)
  if (shape.type === 'object') return settleMap(shape, isMap(value) ? value : {})
  if (shape.type === 'array') return Array.isArray(value) ? value.map((item) => settle(shape.items ?? {}, item)) : []
  if (shape.type === 'string') return typeof value === 'string' ? value : ''
  return value ?? null
}

function settleQuantity(shape: Shape, written: unknown): unknown {
  const reading = readQuantity(shape, written)
  if ('value' in reading) return reading.value
  if (shape.unit === 'rate') return { count: 1, periodMs: 1000 }
  return shape.unit === 'boolean' ? false : (shape.bounds?.minimum ?? 0)
}

function settleMap({ properties = {}, required = [], additionalProperties }: Shape, written: Record<string, unknown>): unknown {
  const settled: [string, unknown][] = []
  for (const [key, shape] of Object.entries(properties)) {
    const own = Object.hasOwn(written, key) ? written[key] : undefined
    if (own !== undefined || shape.default !== undefined || required.includes(key)) settled.push([key, settle(shape, own)])
  }
  if (additionalProperties === false) return Object.fromEntries(settled)
  const more: Shape = typeof additionalProperties === 'object' ? additionalProperties : {}
  for (const [key, value] of Object.entries(written)) {
    if (!Object.hasOwn(properties, key)) settled.push([key, settle(more, value)])
  }
  return Object.fromEntries(settled)
}

/** Whether a value is of a shape's kind, as far as is needed to choose a branch. */
function fits(shape: Shape, value: unknown): boolean {
  if (shape.unit !== undefined) return 'value' in readQuantity(shape, value)
  if (shape.enum !== undefined) return shape.enum.includes(value)
  const branches = shape.anyOf ?? shape.oneOf
  if (branches !== undefined) return branches.some((branch) => fits(branch, value))
  if (shape.type === 'object') return isMap(value) && fitsMap(shape, value)
  if (shape.type === 'array') return Array.isArray(value) && value.every((item) => fits(shape.items ?? {}, item))
  return shape.type !== 'string' || fitsText(shape, value)
}

function fitsText({ pattern, minLength = 0, maxLength = Infinity }: Shape, value: unknown): boolean {
  if (typeof value !== 'string' || value.length < minLength || value.length > maxLength) return false
  return pattern === undefined || new RegExp(pattern, 'u').test(value)
}

function fitsMap({ properties = {}, required = [], additionalProperties }: Shape, value: Record<string, unknown>): boolean {
  if (!required.every((key) => Object.hasOwn(value, key))) return false
  return Object.entries(value).every(([key, own]) => {
    const shape = Object.hasOwn(properties, key) ? properties[key] : undefined
    if (shape !== undefined) return fits(shape, own)
    return typeof additionalProperties === 'object' ? fits(additionalProperties, own) : additionalProperties !== false
  })
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
