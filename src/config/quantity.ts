import type { Shape } from './shape.ts'
import { units, type UnitName } from './units.ts'

export type Reading = { value: unknown } | { problem: string }

type Unit = NonNullable<Shape['unit']>

/** What a value of a unit is called. */
export function nounOf(unit: Unit): string {
  if (unit === 'boolean') return 'true or false'
  return unit === 'number' ? 'a number' : units[unit].noun
}

/** What a written scalar means in its unit, or what is wrong with it: a clause that follows the value. */
export function readQuantity({ unit, bounds = {} }: Shape, written: unknown): Reading {
  if (unit === undefined) return { value: written }
  const value = parse(unit, written)
  if (value === undefined) return { problem: `is not ${nounOf(unit)}` }
  const size = typeof value === 'object' ? value.count : Number(value)
  const { minimum = -Infinity, maximum = Number.MAX_SAFE_INTEGER } = bounds
  if (size < minimum) return { problem: `is less than ${formatBound(unit, minimum)}` }
  if (size > maximum) return { problem: `is more than ${formatBound(unit, maximum)}` }
  return { value }
}

/** A bound as it would be written in its unit. */
export function formatBound(unit: Unit, bound: number): string {
  if (unit === 'duration' || unit === 'size' || unit === 'share') return units[unit].format(bound)
  return String(bound)
}

function parse(unit: Unit, written: unknown) {
  if (unit === 'boolean') return parseBoolean(written)
  if (unit === 'number' || unit === 'integer') return parseNumber(unit, written)
  return typeof written === 'string' ? parseUnit(unit, written) : undefined
}

function parseBoolean(written: unknown): boolean | undefined {
  if (typeof written === 'boolean') return written
  return written === 'true' ? true : written === 'false' ? false : undefined
}

function parseNumber(unit: 'number' | 'integer', written: unknown): number | undefined {
  const text = typeof written === 'string' && /^-?\d+(\.\d+)?$/.test(written)
  const value = text ? Number(written) : written
  if (typeof value !== 'number' || Number.isNaN(value)) return undefined
  return unit === 'number' || Number.isInteger(value) ? value : undefined
}

function parseUnit(unit: Exclude<UnitName, 'integer'>, written: string) {
  const { pattern, parse: read } = units[unit]
  const match = pattern.exec(written)
  return match === null ? undefined : read(match)
}
