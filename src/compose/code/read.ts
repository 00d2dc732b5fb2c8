import { suggest } from '../../config/suggest.ts'
import type { Problem } from '../problem.ts'
import { isObject } from '../row.ts'
import type { CodeFunction, CodeResolver } from './resolver.ts'

const keys = ['calls', 'resolve', 'max', 'load']

/** The resolvers that a file exports, and what is wrong with them; places are where the file writes their names. */
export function readResolvers(exported: object, file: string, text: string): { resolvers: CodeResolver[], problems: Problem[] } {
  const resolvers: CodeResolver[] = []
  const problems: Problem[] = []
  for (const [type, fields] of entriesOf(exported)) {
    for (const [field, given] of isObject(fields) ? entriesOf(fields) : [['', fields] as const]) {
      const place = { file, ...find(text, type, field) }
      const read = readField(given)
      if (typeof read === 'string') problems.push({ ...place, message: `${type}.${field} ${read}` })
      else resolvers.push({ type, field, place, ...read })
    }
  }
  return { resolvers, problems }
}

function entriesOf(object: object): (readonly [string, unknown])[] {
  return Object.entries(object)
}

type Read = Pick<CodeResolver, 'calls' | 'max' | 'run'>

/** What one field says, or what is wrong with it. */
function readField(given: unknown): Read | string {
  if (isFunction(given)) return { calls: 0, max: null, run: given }
  if (!isObject(given)) return 'is no resolver; give a function, or an object with "resolve" or "load"'
  const unknown = Object.keys(given).find((key) => !keys.includes(key))
  if (unknown !== undefined) return `has an unknown key "${unknown}"${suggest(unknown, keys)}`
  const { calls = 0, resolve, max, load }: { calls?: unknown, resolve?: unknown, max?: unknown, load?: unknown } = given
  if (!isCount(calls)) return 'has "calls" that is no whole number; say how many calls one run makes at most'
  if (isFunction(resolve) && load === undefined) return max === undefined ? { calls, max: null, run: resolve } : 'has "max", which goes with "load"'
  if (!isFunction(load) || resolve !== undefined) return 'needs one function, "resolve" or "load"'
  return isCount(max) && max > 0 ? { calls, max, run: load } : 'has no "max"; say how many parents "load" takes at once'
}

function isFunction(value: unknown): value is CodeFunction {
  return typeof value === 'function'
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

/** Where a file writes a field's name behind its type's, as far as its text tells. */
function find(text: string, type: string, field: string): { line: number, column: number } {
  const from = Math.max(0, text.search(keyPattern(type)))
  const at = field === '' ? from : from + Math.max(0, text.slice(from).search(keyPattern(field)))
  const before = text.slice(0, at).split('\n')
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
}

function keyPattern(name: string): RegExp {
  return new RegExp(`(?<![\\w$.])${RegExp.escape(name)}['"]?\\s*[:(]`)
}
