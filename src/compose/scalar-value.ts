import { SluiceError } from '../errors.ts'
import type { Scalar } from './expansion.ts'
import { nameOf, type Reference } from './template.ts'

/** A value that can stand in text; in a path, one that no reader takes for more than a segment. Throws PARAMETER_REFUSED for any other. */
export function checkScalar(value: unknown, reference: Reference, inPath: boolean): Scalar {
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value !== 'string') throw refused(reference, 'is an object or a nested list', 'Give a single value or a list of them.')
  if (!value.isWellFormed()) throw refused(reference, 'is not well-formed text', 'Give whole Unicode characters.')
  if (!inPath) return value
  if (value === '') throw refused(reference, 'is empty', 'Give a value.')
  if (/^\.\.?(;|$)/.test(value)) throw refused(reference, 'is "." or ".."', 'Give the name of something below the path.')
  if (value.includes('/') || value.includes('\\')) throw refused(reference, 'has "/" or "\\"', 'Give one path segment.')
  if (hasControl(value)) throw refused(reference, 'has control characters', 'Leave them out.')
  if (/%(?:25)*(?:2e|2f|5c|00)/i.test(value)) {
    throw refused(reference, 'has an encoded separator, dot or NUL', 'Give the plain value; the gateway encodes it.')
  }
  return value
}

function hasControl(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return true
  }
  return false
}

/** The refusal of a value: what is wrong with it, and what to do about it. */
export function refused(reference: Reference, what: string, remedy: string): SluiceError {
  return new SluiceError('PARAMETER_REFUSED', `The value of "${nameOf(reference)}" ${what}. ${remedy}`)
}
