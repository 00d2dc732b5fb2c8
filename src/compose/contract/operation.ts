import type { Node } from '../../config/node.ts'
import { suggest } from '../../config/suggest.ts'
import { nameOf, type Reference, type Template } from '../expression.ts'
import type { Contract } from './document.ts'
import { closeness, parameterNames, segmentsOf, type Segment } from './path.ts'
import { entriesOf, entry, follow, itemsOf, textOf, valueOf } from './read.ts'
import type { Schema } from './schema.ts'

export interface Parameter {
  readonly node: Node
  readonly name: string
  readonly in: string
  readonly schema: Schema
  /** How its value is written; undefined where the contract leaves that to the rule. */
  readonly style: string | undefined
  readonly required: boolean
}

/** What a contract has for a method and a path. */
export interface Operation {
  /** As in `GET /users/{id}`. */
  readonly name: string
  readonly node: Node
  readonly parameters: readonly Parameter[]
  /** What fills a parameter of the path. */
  readonly filled: readonly (readonly [Reference, Parameter])[]
  /** Undefined where there is none. */
  readonly body: Node | undefined
}

const methods = ['get', 'put', 'post', 'delete', 'patch']

/**
 * Finds what a call asks for: a clause that says what is wrong where the contract doesn't have it, and undefined where
 * it is in another document.
 */
export function findOperation({ root, service }: Contract, method: string, template: Template): Operation | string | undefined {
  const segments = segmentsOf(template)
  const paths = entriesOf(entry(root, 'paths')).map(([path, item]) => ({ path, item: follow(item, root) }))
  const found = nearestPath(root, segments, paths)
  if (found === undefined) {
    const written = writtenPath(segments)
    const near = suggest(written, paths.map(({ path }) => path))
    return `the contract of "${service}" has no path ${written}${near === '' ? '; add it there, or mend the path' : near}`
  }
  if (found.item === undefined) return undefined
  const node = follow(entry(found.item, method.toLowerCase()), root)
  if (node !== undefined) return readOperation(`${method} ${found.path}`, node, found, segments, { root, service })
  const known = methods.filter((name) => entry(found.item, name) !== undefined).map((name) => name.toUpperCase())
  return `the contract of "${service}" has no ${method} ${found.path}; it has ${known.length === 0 ? 'nothing there' : known.join(', ')}`
}

interface Path {
  readonly path: string
  /** Undefined where it is in another document. */
  readonly item: Node | undefined
}

/** A literal path comes before one with parameters. */
function nearestPath(root: Contract['root'], segments: readonly Segment[], paths: readonly Path[]): Path | undefined {
  const prefixes = ['', ...basePaths(root)]
  const fitting = paths.flatMap((path) => prefixes.flatMap((prefix) => {
    const close = closeness(segments, `${prefix}${path.path}`)
    return close === undefined ? [] : [{ path, close }]
  }))
  return fitting.toSorted((a, b) => b.close - a.close)[0]?.path
}

/** Where the document's servers have a path of their own, a call may be written with it or, below a target's, without. */
function basePaths(root: Contract['root']): string[] {
  return itemsOf(entry(root, 'servers')).flatMap((server) => {
    const url = textOf(entry(server, 'url'))
    if (url === undefined || url.includes('{') || !URL.canParse(url, 'http://service')) return []
    const path = new URL(url, 'http://service').pathname.replace(/\/$/, '')
    return path === '' ? [] : [path]
  })
}

function writtenPath(segments: readonly Segment[]): string {
  return segments.map(({ text, reference }) => reference === null ? text : `{${nameOf(reference)}}`).join('/')
}

function readOperation(name: string, node: Node, { path, item }: Path, segments: readonly Segment[], { root }: Contract): Operation {
  const own = itemsOf(entry(node, 'parameters')).map((parameter) => readParameter(parameter, root))
  const shared = itemsOf(entry(item, 'parameters')).map((parameter) => readParameter(parameter, root))
  const parameters = [...own, ...shared.filter((one) => !own.some((other) => other.name === one.name && other.in === one.in))]
  const names = parameterNames(path)
  const filled = segments.slice(segments.length - names.length).flatMap(({ reference }, index): Operation['filled'] => {
    const parameter = parameters.find((each) => each.in === 'path' && each.name === names[index])
    return reference === null || parameter === undefined ? [] : [[reference, parameter]]
  })
  const body = entry(node, 'requestBody')
  return { name, node, parameters, filled, body: follow(body, root) ?? body }
}

function readParameter(written: Node, root: Contract['root']): Parameter {
  const node = follow(written, root) ?? written
  const schema = entry(node, 'schema')
  return {
    node,
    name: textOf(entry(node, 'name')) ?? '',
    in: textOf(entry(node, 'in')) ?? 'elsewhere',
    schema: schema === undefined ? [] : [schema],
    style: textOf(entry(node, 'style')),
    required: valueOf(entry(node, 'required')) === true,
  }
}

/** The schema of a message's JSON; `unknown` where it has none, or none that is JSON. */
export function contentOf(message: Node | undefined): Schema | 'unknown' {
  const json = entriesOf(entry(message, 'content')).find(([type]) => /^(application\/(json|\*)|[^;]+\+json|\*\/\*)\s*(;|$)/i.test(type))
  const schema = entry(json?.[1], 'schema')
  return schema === undefined ? 'unknown' : [schema]
}

/** What a service answers where all went well: of several statuses the lowest that has JSON counts. */
export function answerOf({ node }: Operation, { root }: Contract): Schema | 'nothing' | 'unknown' {
  const answers = entriesOf(entry(node, 'responses')).filter(([status]) => /^2(\d\d|XX)$/i.test(status)).toSorted(([a], [b]) => a < b ? -1 : 1)
  const contents = answers.map(([, answer]) => contentOf(follow(answer, root)))
  const schema = contents.find((content) => content !== 'unknown')
  if (schema !== undefined) return schema
  return answers.length > 0 && answers.every(([status]) => status === '204' || status === '205') ? 'nothing' : 'unknown'
}
