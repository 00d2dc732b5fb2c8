import type { ErrorObject } from 'ajv'
import { nearest, nodeAt, type Node } from './node.ts'
import { wordsOf } from './pointer.ts'
import type { ConfigProblem } from './problem.ts'
import { nounOf, readQuantity } from './quantity.ts'
import type { Shape } from './shape.ts'
import { suggest } from './suggest.ts'

type Params = Readonly<Record<string, unknown>>

/** What ajv found, in words that an operator understands, at the place where it was written. */
export function messageOf(error: ErrorObject, root: Node): ConfigProblem {
  const { keyword, instancePath, params } = error
  const shape = shapeOf(error)
  const node = nearest(root, instancePath)
  if (keyword === 'additionalProperties') return unknownKey(node, params, shape)
  if (keyword === 'propertyNames') return badName(node, params, shape)
  if (keyword === 'required') return missingKey(node, params['missingProperty'])
  if (keyword === 'discriminator') return badTag(node, shape, root, instancePath)
  return aboutValue(node, complaint(keyword, shape, node, params))
}

/** The shape that a value did not fit. */
export function shapeOf({ parentSchema }: ErrorObject): Shape {
  const shape: Record<string, unknown> = { ...parentSchema }
  return shape
}

/** A problem with the value at a node: `services.users.naming: …`. */
export function aboutValue({ place, origin }: Node, clause: string): ConfigProblem {
  return { ...place, message: origin === '' ? clause : `${wordsOf(origin)}: ${clause}` }
}

/** A value as it was written; what came from the environment or a file may be a secret and is never shown. */
export function shown(node: Node): string {
  if (node.kind !== 'scalar') return nouns[node.kind]
  const value = node.expression ?? node.value
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > 80 ? `${text.slice(0, 79)}…"` : text
}

const nouns = { map: 'a map', list: 'a list' }
const kinds: Record<string, string> = { object: 'a map', array: 'a list', string: 'text' }

function within({ origin }: Node): string {
  return origin === '' ? '' : ` in ${wordsOf(origin)}`
}

function unknownKey(node: Node, { additionalProperty }: Params, { properties = {} }: Shape): ConfigProblem {
  const key = String(additionalProperty)
  const entry = node.kind === 'map' ? node.entries.get(key) : undefined
  const holder = entry === undefined ? node : { ...node, origin: entry.node.origin.slice(0, entry.node.origin.lastIndexOf('/')) }
  const message = `unknown key "${key}"${within(holder)}${suggest(key, Object.keys(properties))}`
  return { ...(entry?.key ?? node.place), message }
}

function badName(node: Node, { propertyName }: Params, { propertyNames }: Shape): ConfigProblem {
  const name = String(propertyName)
  const place = node.kind === 'map' ? node.entries.get(name)?.key : undefined
  const clause = `"${name}" is not ${propertyNames?.expects ?? 'a name that can stand here'}`
  return aboutValue({ ...node, place: place ?? node.place }, clause)
}

function missingKey(node: Node, key: unknown): ConfigProblem {
  return { ...node.place, message: `the key "${String(key)}" is missing${within(node)}` }
}

function badTag(node: Node, { discriminator, oneOf = [] }: Shape, root: Node, pointer: string): ConfigProblem {
  const tag = discriminator?.propertyName ?? ''
  const value = nodeAt(root, `${pointer}/${tag}`)
  if (value === undefined) return missingKey(node, tag)
  return aboutValue(value, notAmong(value, oneOf.flatMap((branch) => branch.properties?.[tag]?.enum ?? [])))
}

function notAmong(node: Node, choices: readonly unknown[]): string {
  const known = choices.map(String)
  const near = node.kind === 'scalar' ? suggest(String(node.value), known) : ''
  const list = known.map((choice) => `"${choice}"`).join(', ')
  return `${notA(node, known.length === 1 ? list : `one of ${list}`)}${near}`
}

function notA(node: Node, noun: string): string {
  const empty = node.kind === 'scalar' && node.value === null
  return empty ? `nothing is written here, where ${noun} belongs` : `${shown(node)} is not ${noun}`
}

function complaint(keyword: string, shape: Shape, node: Node, params: Params): string {
  const limit = Number(params['limit'])
  if (keyword === 'type') return wrongKind(shape, node)
  if (keyword === 'unit') return wrongQuantity(shape, node)
  if (keyword === 'enum') return notAmong(node, shape.enum ?? [])
  if (keyword === 'anyOf') return noneOf(shape, node)
  if (keyword === 'pattern') return notA(node, shape.expects ?? `what can stand here (${shape.description ?? shape.pattern ?? ''})`)
  if (keyword === 'minLength') return limit === 1 ? 'the text is empty' : `the text is shorter than ${limit} characters`
  if (keyword === 'maxLength') return `the text is longer than ${limit} characters`
  if (keyword === 'minItems' || keyword === 'minProperties') return `at least ${counted(limit)} needed here`
  if (keyword === 'maxItems') return `at most ${counted(limit)} allowed here`
  if (keyword === 'uniqueItems') return 'the same entry stands twice in the list'
  return notA(node, `what can stand here (${shape.description ?? ''})`)
}

function counted(count: number): string {
  return count === 1 ? '1 entry is' : `${count} entries are`
}

function wrongKind({ type = '' }: Shape, node: Node): string {
  const noun = kinds[type] ?? type
  const quotable = type === 'string' && node.kind === 'scalar' && node.value !== null
  return `${notA(node, noun)}${quotable ? '; write it in quotes' : ''}`
}

function wrongQuantity(shape: Shape, node: Node): string {
  if (shape.unit === undefined || node.kind !== 'scalar' || node.value === null) return notA(node, nounOf(shape.unit ?? 'number'))
  const reading = readQuantity(shape, node.value)
  return `${shown(node)} ${'problem' in reading ? reading.problem : ''}`
}

function noneOf({ anyOf = [] }: Shape, node: Node): string {
  const words = anyOf.flatMap((branch) => branch.enum?.map(String) ?? [])
  const near = node.kind === 'scalar' ? suggest(String(node.value), words) : ''
  return `${notA(node, anyOf.map(describe).join(' or '))}${near}`
}

function describe(shape: Shape): string {
  if (shape.unit !== undefined) return nounOf(shape.unit)
  if (shape.enum !== undefined) return shape.enum.map((choice) => `"${String(choice)}"`).join(' or ')
  if (shape.anyOf !== undefined) return shape.anyOf.map(describe).join(' or ')
  return shape.expects ?? kinds[shape.type ?? ''] ?? 'what can stand here'
}
