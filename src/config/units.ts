import { Type } from 'typebox'

/** A quantity written out in the config: how it looks, and the number it compiles to. */
interface Unit<T> {
  pattern: RegExp
  /** What the quantity is, with examples, as in `is not …`. */
  noun: string
  parse(match: RegExpExecArray): T
  /** The shortest way to write a value, the opposite of `parse`. */
  format(value: T): string
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
    noun: 'a duration such as 500ms, 3s or 5min',
    // Down to the microsecond, so that 1.001s is 1001 and not what binary fractions make of it.
    parse: ([, count, unit]) => Math.round(Number(count) * (milliseconds[unit ?? ''] ?? Number.NaN) * 1000) / 1000,
    format: (value) => inLargest(value, milliseconds, 'ms'),
  } satisfies Unit<number>,
  size: {
    pattern: /^(\d+)(B|KiB|MiB|GiB)$/,
    noun: 'a size such as 64KiB or 1MiB',
    parse: ([, count, unit]) => Number(count) * (bytes[unit ?? ''] ?? Number.NaN),
    format: (value) => inLargest(value, bytes, 'B'),
  } satisfies Unit<number>,
  rate: {
    pattern: /^(0*[1-9]\d*)\/(s|min|h|d)$/,
    noun: 'a rate such as 100/min or 5/s',
    parse: ([, count, period]) => ({ count: Number(count), periodMs: periods[period ?? ''] ?? Number.NaN }),
    format: ({ count, periodMs }) => {
      const period = Object.keys(periods).find((name) => periods[name] === periodMs)
      return `${count}/${period ?? `${periodMs}ms`}`
    },
  } satisfies Unit<RateValue>,
  share: {
    pattern: /^(\d+(?:\.\d+)?)%$/,
    noun: 'a share such as 50%',
    parse: ([, percent]) => Number((Number(percent) / 100).toPrecision(15)),
    format: (value) => `${Number((value * 100).toPrecision(15))}%`,
  } satisfies Unit<number>,
  integer: {
    pattern: /^(\d+)$/,
    noun: 'a whole number',
    parse: ([, digits]) => Number(digits),
    format: String,
  } satisfies Unit<number>,
} as const

/** Writes a number in the largest unit that divides it. */
function inLargest(value: number, factors: Record<string, number>, smallest: string): string {
  const fitting = Object.entries(factors).filter(([, factor]) => value !== 0 && value % factor === 0)
  const [unit, factor] = fitting.at(-1) ?? [smallest, 1]
  return `${value / factor}${unit}`
}

export type UnitName = keyof typeof units

interface Annotations {
  description: string
  /** As it would be written. A key with a default may be left out, and then has it. */
  default?: string | number
  /** In what the quantity compiles to; for a rate, of its count. */
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
export const Share = (annotations: Annotations) => quantity<number>('share', { maximum: 1, ...annotations })

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
