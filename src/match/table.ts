import { firstValue, type HeaderMap } from '../headers.ts'
import { readQualities } from '../quality.ts'
import { parsePattern, shapeOf, type Pattern } from './pattern.ts'

/** What a route matches on; null stands for all. */
export interface Match {
  readonly hosts: readonly string[] | null
  readonly methods: readonly string[] | null
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Media type that the request asks for by name, lower-case. */
  readonly accept?: string
}

/** A match as the config has it. */
export function toMatch({ hosts, methods, path, headers, accept }: Written): Match {
  return { hosts: hosts ?? null, methods: methods ?? null, path, headers: headers ?? {}, ...(accept === undefined ? {} : { accept }) }
}

interface Written {
  hosts?: readonly string[]
  methods?: readonly string[]
  path: string
  headers?: Readonly<Record<string, string>>
  accept?: string
}

export interface Request {
  readonly method: string
  /** Lower-case, without a port. */
  readonly host: string
  readonly segments: readonly string[]
  readonly headers: HeaderMap
}

interface Entry<T> {
  readonly match: Match
  readonly value: T
  readonly pattern: Pattern
  readonly specificity: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Where the pattern's parameters stand. */
  readonly parameters: readonly { readonly name: string; readonly index: number }[]
  /** Where its closing `*` begins, if it has one. */
  readonly rest: number | undefined
}

interface Node<T> {
  literals: Map<string, Node<T>>
  parameter: Node<T> | null
  here: Entry<T>[]
  rest: Entry<T>[]
}

export interface Found<T> {
  value: T
  /** Decoded parameters by name. */
  parameters: Record<string, string>
  /** How many segments the pattern's closing `*` took. */
  rest: number
}

/** No route, and why those for the path don't take the request; both are empty where there are none. */
export interface NotFound {
  /** Methods of routes that don't take the request's own. */
  allow: readonly string[]
  /** Media types of routes that would take it, if it asked for them. */
  types: readonly string[]
}

interface Missed {
  readonly allow: Set<string>
  readonly types: Set<string>
}

/**
 * Finds the route of a request: among all routes that match, the most specific by host, then path segment by
 * segment (literal, parameter, rest), then method, then number of headers, then `accept`. One lookup visits each node of the
 * tree at most once, so its cost is bounded by the config whatever the client sends.
 */
export class RouteTable<T> {
  readonly #exact = new Map<string, Node<T>>()
  /** Suffixes such as `.example.com`, longest first. */
  readonly #wildcards: { suffix: string; root: Node<T> }[] = []
  readonly #any: Node<T> = emptyNode()

  add(match: Match, value: T): void {
    const entry = entryOf(match, value)
    for (const host of match.hosts ?? [null]) insert(this.#root(host), entry)
  }

  find(request: Request): Found<T> | NotFound {
    const entry = this.#search(request)
    if (entry !== undefined) return found(entry, request.segments)
    // What there is instead is gathered only for those who miss.
    const missed = { allow: new Set<string>(), types: new Set<string>() }
    this.#search(request, missed)
    return { allow: [...missed.allow].sort(), types: [...missed.types].sort() }
  }

  #root(host: string | null): Node<T> {
    if (host === null) return this.#any
    if (!host.startsWith('*.')) return this.#exact.get(host) ?? set(this.#exact, host, emptyNode<T>())
    const suffix = host.slice(1)
    const known = this.#wildcards.find((wildcard) => wildcard.suffix === suffix)
    if (known !== undefined) return known.root
    const root = emptyNode<T>()
    this.#wildcards.push({ suffix, root })
    this.#wildcards.sort((a, b) => b.suffix.length - a.suffix.length)
    return root
  }

  #search(request: Request, missed?: Missed): Entry<T> | undefined {
    const exact = this.#exact.get(request.host)
    let entry = exact === undefined ? undefined : search(exact, request, 0, missed)
    for (const { suffix, root } of this.#wildcards) {
      if (entry !== undefined) return entry
      if (request.host.endsWith(suffix)) entry = search(root, request, 0, missed)
    }
    return entry ?? search(this.#any, request, 0, missed)
  }
}

function emptyNode<T>(): Node<T> {
  return { literals: new Map(), parameter: null, here: [], rest: [] }
}

function entryOf<T>(match: Match, value: T): Entry<T> {
  const pattern = parsePattern(match.path)
  const parameters = pattern.flatMap((segment, index) => (segment.kind === 'parameter' ? [{ name: segment.name, index }] : []))
  const rest = pattern.at(-1)?.kind === 'rest' ? pattern.length - 1 : undefined
  return { match, value, pattern, specificity: specificity(match), headers: Object.entries(match.headers), parameters, rest }
}

function set<K, V>(map: Map<K, V>, key: K, value: V): V {
  map.set(key, value)
  return value
}

function insert<T>(root: Node<T>, entry: Entry<T>): void {
  let node = root
  let list = node.here
  for (const segment of entry.pattern) {
    if (segment.kind === 'rest') {
      list = node.rest
      break
    }
    if (segment.kind === 'parameter') node = node.parameter ??= emptyNode()
    else node = node.literals.get(segment.text) ?? set(node.literals, segment.text, emptyNode<T>())
    list = node.here
  }
  list.push(entry)
  list.sort((a, b) => b.specificity - a.specificity)
}

/** Methods weigh more than any number of headers, and a header more than a media type. */
function specificity({ methods, headers, accept }: Match): number {
  return (methods === null ? 0 : 1000) + 2 * Object.keys(headers).length + (accept === undefined ? 0 : 1)
}

function search<T>(node: Node<T>, request: Request, depth: number, missed?: Missed): Entry<T> | undefined {
  const segment = request.segments[depth]
  if (segment === undefined) return choose(node.here, request, missed) ?? choose(node.rest, request, missed)
  const literal = node.literals.get(segment)
  const deeper = literal === undefined ? undefined : search(literal, request, depth + 1, missed)
  if (deeper !== undefined) return deeper
  const taken = node.parameter === null || segment === '' ? undefined : search(node.parameter, request, depth + 1, missed)
  return taken ?? choose(node.rest, request, missed)
}

function choose<T>(entries: readonly Entry<T>[], request: Request, missed?: Missed): Entry<T> | undefined {
  let chosen: Entry<T> | undefined
  for (const entry of entries) {
    const { methods, accept } = entry.match
    if (chosen !== undefined && entry.specificity < chosen.specificity) break
    if (!entry.headers.every(([name, value]) => request.headers[name] === value)) continue
    if (methods !== null && !allows(methods, request.method)) {
      for (const method of methods) missed?.allow.add(method)
      if (methods.includes('GET')) missed?.allow.add('HEAD')
      continue
    }
    if (accept === undefined) return chosen ?? entry
    missed?.types.add(accept)
    if (wish(request, accept) > wish(request, chosen?.match.accept)) chosen = entry
  }
  return chosen
}

/** How much a request wants a media type that it asks for by name (RFC 9110 section 12.5.1); 0 where it doesn't. */
function wish({ headers }: Request, type: string | undefined): number {
  if (type === undefined) return 0
  return readQualities(firstValue(headers, 'accept') ?? '').find(({ name }) => name === type)?.quality ?? 0
}

function allows(methods: readonly string[], method: string): boolean {
  return methods.includes(method) || (method === 'HEAD' && methods.includes('GET'))
}

function found<T>({ value, parameters: places, rest }: Entry<T>, segments: readonly string[]): Found<T> {
  const parameters: Record<string, string> = {}
  for (const { name, index } of places) parameters[name] = segments[index] ?? ''
  return { value, parameters, rest: rest === undefined ? 0 : segments.length - rest }
}

/** Pairs of names whose matches some request fits equally well: a config with such a pair is ambiguous. */
export function findTies(matches: Readonly<Record<string, Match>>): [string, string][] {
  const groups = new Map<string, string[]>()
  for (const [name, match] of Object.entries(matches)) {
    const key = `${shapeOf(parsePattern(match.path))} ${specificity(match)}`
    groups.set(key, [...(groups.get(key) ?? []), name])
  }
  const ties: [string, string][] = []
  for (const names of groups.values()) {
    names.forEach((first, index) => {
      for (const second of names.slice(index + 1)) {
        const [a, b] = [matches[first], matches[second]]
        if (a !== undefined && b !== undefined && tied(a, b)) ties.push([first, second])
      }
    })
  }
  return ties
}

function tied(a: Match, b: Match): boolean {
  const hosts = a.hosts === null || b.hosts === null ? a.hosts === b.hosts : overlap(a.hosts, b.hosts)
  const methods = a.methods === null || b.methods === null ? a.methods === b.methods : overlap(a.methods, b.methods)
  const apart = Object.entries(a.headers).some(([name, value]) => name in b.headers && b.headers[name] !== value)
  const asked = a.accept !== undefined && b.accept !== undefined && a.accept !== b.accept
  return hosts && methods && !apart && !asked
}

function overlap(a: readonly string[], b: readonly string[]): boolean {
  return a.some((item) => b.includes(item))
}
