import { Type } from 'typebox'

/** A quantity written out in the config: how it looks, and the number it compiles to. */
interface Unit<T> {
  pattern: RegExp
  example: string
  parse(match: RegExpExecArray): T
}

const milliseconds: Record<string, number> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 }
const bytes: Record<string, number> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }
const periods: Record<string, number> = { s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 }

/** So many units a period. */
export interface RateValue {
  count: number
  periodMs: number
}

/** Every unit by the name that a schema's `unit` keyword gives it. */
export const units = {
  duration: {
    pattern: /^(\d+(?:\.\d+)?)(ms|s|min|h|d)$/,
    example: '500ms, 3s or 5min',
    parse: ([, count, unit]) => Number(count) * (milliseconds[unit ?? ''] ?? Number.NaN),
  } satisfies Unit<number>,
  size: {
    pattern: /^(\d+)(B|KiB|MiB|GiB)$/,
    example: '64KiB or 1MiB',
    parse: ([, count, unit]) => Number(count) * (bytes[unit ?? ''] ?? Number.NaN),
  } satisfies Unit<number>,
  rate: {
    pattern: /^(\d+)\/(s|min|h|d)$/,
    example: '100/min or 5/s',
    parse: ([, count, period]) => ({ count: Number(count), periodMs: periods[period ?? ''] ?? Number.NaN }),
  } satisfies Unit<RateValue>,
  share: {
    pattern: /^(\d+(?:\.\d+)?)%$/,
    example: '50%',
    parse: ([, percent]) => Number(percent) / 100,
  } satisfies Unit<number>,
  integer: {
    pattern: /^(\d+)$/,
    example: '8080',
    parse: ([, digits]) => Number(digits),
  } satisfies Unit<number>,
} as const

export type UnitName = keyof typeof units

interface Annotations {
  description: string
  default?: string | number
  minimum?: number
  maximum?: number
}

function quantity<T>(unit: UnitName, annotations: Annotations) {
  return Type.Unsafe<T>({ type: 'string', pattern: units[unit].pattern.source, unit, ...annotations })
}

/** A time such as `500ms`; compiles to ms. */
export const Duration = (annotations: Annotations) => quantity<number>('duration', annotations)

/** A size such as `1MiB`; compiles to bytes. */
export const Size = (annotations: Annotations) => quantity<number>('size', annotations)

/** A rate such as `100/min`. */
export const Rate = (annotations: Annotations) => quantity<RateValue>('rate', annotations)

/** A share such as `50%`; compiles to a number from 0 to 1. */
export const Share = (annotations: Annotations) => quantity<number>('share', annotations)

/** A whole number; as text too, so that it can come from the environment. */
export const Integer = ({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER, ...annotations }: Annotations) =>
  Type.Unsafe<number>({
    type: ['integer', 'string'],
    pattern: units.integer.pattern.source,
    unit: 'integer',
    minimum,
    maximum,
    ...annotations,
  })
