import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { LineCounter, isAlias, isMap, isNode, isScalar, isSeq, parseDocument, type Alias, type Document, type ErrorCode, type Scalar } from 'yaml'
import type { Place } from './config.ts'
import type { Entry, MapNode, Node } from './node.ts'
import { join, wordsOf } from './pointer.ts'
import type { ConfigProblem } from './problem.ts'
import { substitute, type Sources } from './substitute.ts'

/** One YAML file, read. `root` is null where there is nothing in it, or nothing that can be relied on. */
export interface Source {
  root: MapNode | null
  problems: ConfigProblem[]
  /** Whether there is something in it that could not be understood at all. */
  lost: boolean
}

export type Environment = Readonly<Record<string, string | undefined>>

/** Reads the text of one file of the config; `path` is where it stands and `file` how messages call it. */
export function readSource(text: string, path: string, file: string, env: Environment): Source {
  const { root, problems } = readDocument(text, file, sourcesOf(path, env))
  if (root?.kind === 'map') return { root, problems, lost: false }
  if (root?.kind === 'scalar' && root.value === null) return { root: null, problems, lost: false }
  if (root !== null) problems.push({ ...root.place, message: 'a file of the config is a map, with keys such as routes and services' })
  return { root: null, problems, lost: true }
}

/**
 * Reads a text as YAML, whatever it holds; `root` is null where it is not YAML at all. Without `sources` its text has no
 * expressions.
 */
export function readDocument(text: string, file: string, sources: Sources | null): { root: Node | null; problems: ConfigProblem[] } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, merge: false })
  const reader = new Reader(document, lines, file, sources)
  for (const { pos, code, message } of [...document.errors, ...document.warnings]) {
    const place = reader.placeAt(pos[0])
    // What follows on the same line mostly follows from the first mistake.
    if (reader.problems.some(({ line }) => line === place.line)) continue
    reader.report(place, `this is not valid YAML: ${clauseOf(code, message, text.slice(pos[0] - 1, pos[1] + 1))}`)
  }
  if (reader.problems.length > 0) return { root: null, problems: reader.problems }
  return { root: reader.read(document.contents, '', reader.placeAt(0)), problems: reader.problems }
}

function sourcesOf(path: string, env: Environment): Sources {
  return {
    variable: (name) => (Object.hasOwn(env, name) ? env[name] : undefined),
    file: (name) => {
      try {
        return readFileSync(resolve(dirname(path), name), 'utf8')
      } catch {
        return undefined
      }
    },
  }
}

function clauseOf(code: ErrorCode, message: string, text: string): string {
  if (text.startsWith('${')) return 'within { } and [ ] an expression such as ${NAME} stands in quotes'
  if (code === 'MULTIPLE_DOCS') return 'a file has one document, and "---" starts another'
  return message.charAt(0).toLowerCase() + message.slice(1).replace(/\.$/, '')
}

class Reader {
  readonly problems: ConfigProblem[] = []
  readonly #document: Document.Parsed
  readonly #lines: LineCounter
  readonly #file: string
  readonly #sources: Sources | null
  #inAlias = false

  constructor(document: Document.Parsed, lines: LineCounter, file: string, sources: Sources | null) {
    this.#document = document
    this.#lines = lines
    this.#file = file
    this.#sources = sources
  }

  placeAt(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset)
    return { file: this.#file, line, column: col }
  }

  report(place: Place, message: string): void {
    this.problems.push({ ...place, message })
  }

  /** `place` is where maps and lists count as written: at their key, which is where people look. */
  read(node: unknown, pointer: string, place: Place): Node {
    if (isAlias(node)) return this.#readAlias(node, pointer, place)
    if (isMap(node)) return { kind: 'map', place, origin: pointer, entries: this.#readEntries(node.items, pointer) }
    if (isSeq(node)) {
      const items = node.items.map((item, index) => this.read(item, join(pointer, index), this.#placeOf(item)))
      return { kind: 'list', place, origin: pointer, items }
    }
    return isScalar(node) ? this.#readScalar(node, pointer, place) : { kind: 'scalar', place, origin: pointer, value: null }
  }

  #placeOf(node: unknown): Place {
    return this.placeAt(isNode(node) ? (node.range?.[0] ?? 0) : 0)
  }

  #readEntries(pairs: readonly { key: unknown; value: unknown }[], pointer: string): Map<string, Entry> {
    const entries = new Map<string, Entry>()
    for (const { key, value } of pairs) {
      if (isScalar(key)) this.#readEntry(key, value, pointer, entries)
      else this.report(this.#placeOf(key), 'a key is text, and nothing else')
    }
    return entries
  }

  #readEntry(key: Scalar, value: unknown, pointer: string, entries: Map<string, Entry>): void {
    const name = String(key.value)
    const place = this.#placeOf(key)
    const at = join(pointer, name)
    const known = entries.get(name)
    if (name === '__proto__') this.report(place, `the key "${name}" is not allowed`)
    else if (known !== undefined) this.report(place, definedTwice(at, known.key))
    else entries.set(name, { key: place, node: this.read(value, at, place) })
  }

  /** An alias within what another alias repeats could grow without bound, or lead back to itself. */
  #readAlias(alias: Alias, pointer: string, place: Place): Node {
    const target = alias.resolve(this.#document)
    if (this.#inAlias || target === undefined) {
      const problem = this.#inAlias ? 'an alias cannot stand within what another repeats' : `there is no anchor "&${alias.source}" above`
      this.report(place, problem)
      return { kind: 'scalar', place, origin: pointer, value: null, broken: true }
    }
    this.#inAlias = true
    const node = this.read(target, pointer, place)
    this.#inAlias = false
    return node
  }

  #readScalar(scalar: Scalar, pointer: string, key: Place): Node {
    const { value } = scalar
    const place = value === null ? key : this.#placeOf(scalar)
    const base = { kind: 'scalar', place, origin: pointer } as const
    if (typeof value !== 'string') return { ...base, value: plainValue(value) }
    if (this.#sources === null) return { ...base, value }
    const result = substitute(value, this.#sources)
    if ('problem' in result) {
      this.report(place, `${wordsOf(pointer)}: ${result.problem}`)
      return { ...base, value: '', broken: true }
    }
    return { ...base, value: result.text, ...(result.changed ? { expression: value, secrets: result.secrets } : {}) }
  }
}

function plainValue(value: unknown): number | boolean | null | string {
  if (typeof value === 'number' || typeof value === 'boolean') return value
  return typeof value === 'bigint' ? String(value) : null
}

/** What is said of a name that stands twice. */
export function definedTwice(pointer: string, { file, line, column }: Place): string {
  return `${wordsOf(pointer)} is defined twice; it is already in ${file}:${line}:${column}`
}
