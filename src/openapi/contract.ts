import { readContracts } from '../compose/contract/document.ts'
import { isObject, valueAt } from '../compose/row.ts'
import type { Config } from '../config/config.ts'
import { dataOf } from '../config/node.ts'
import type { Components, Json } from './json.ts'

/** OpenAPI documents of services, by the service's name. */
export type Contracts = ReadonlyMap<string, Json>

/** Reads what services promise in OpenAPI 3.1; schemas of older versions would mean something else in a newer document. */
export async function readDescriptions({ dir, services }: Pick<Config, 'dir' | 'services'>): Promise<Contracts> {
  const { contracts } = await readContracts(dir, services)
  return new Map([...contracts].flatMap(([service, { root }]): [string, Json][] => {
    const document = dataOf(root)
    return isObject(document) && String(valueAt(document, ['openapi'])).startsWith('3.1') ? [[service, { ...document }]] : []
  }))
}

/** A path of a contract that a route leads to. */
export interface Covered {
  /** As clients write it. */
  readonly path: string
  /** The service's own path. */
  readonly contractPath: string
  /** What the service calls the parameters of the route's path; its others are filled in by the gateway. */
  readonly names: ReadonlyMap<string, string>
}

/** The contract's paths to which a route leads from `match` by the template `target`. */
export function coveredPaths(match: string, target: string, contract: Json): Covered[] {
  const written = valueAt(contract, ['paths'])
  const paths = isObject(written) ? Object.keys(written) : []
  const [from, to] = [match.split('/').slice(1), target.split('/').slice(1)]
  return paths.flatMap((contractPath) => {
    const own = contractPath.split('/').slice(1)
    const names = fit(to, own)
    if (names === undefined) return []
    const rest = to.at(-1) === '*' ? own.slice(to.length - 1) : []
    const fixed = from.at(-1) === '*' ? from.slice(0, -1) : from
    for (const name of rest.flatMap(parameterIn)) names.set(name, name)
    return [{ path: `/${[...fixed, ...rest].join('/')}`, contractPath, names }]
  })
}

/** The contract's names for a target's parameters; undefined where the target doesn't lead to the path. */
function fit(target: readonly string[], own: readonly string[]): Map<string, string> | undefined {
  const open = target.at(-1) === '*'
  const fixed = open ? target.slice(0, -1) : target
  if (open ? own.length < fixed.length : own.length !== fixed.length) return undefined
  const names = new Map<string, string>()
  for (const [index, text] of fixed.entries()) {
    const [name] = parameterIn(own[index] ?? '')
    if (name === undefined ? text !== own[index] : !text.includes('{')) return undefined
    const [given] = parameterIn(text)
    if (given !== undefined && name !== undefined) names.set(given, name)
  }
  return names
}

/** The name of the parameter that a segment is, if it is one. */
export function parameterIn(segment: string): string[] {
  const name = /^\{([A-Za-z_][\w-]*)\}$/.exec(segment)?.[1]
  return name === undefined ? [] : [name]
}

/** Takes pieces of a contract over into another document, with all that they refer to. */
export class Borrowed {
  readonly #contract: Json
  readonly #components: Components

  constructor(contract: Json, components: Components) {
    this.#contract = contract
    this.#components = components
  }

  /** A piece with its references leading to the document's own components. */
  take(piece: unknown): unknown {
    if (Array.isArray(piece)) return piece.map((item) => this.take(item))
    if (!isObject(piece)) return piece
    const reference = valueAt(piece, ['$ref'])
    const entries = Object.entries(piece).map(([key, value]: [string, unknown]) => [key, this.take(value)] as const)
    return { ...Object.fromEntries(entries), ...typeof reference === 'string' ? this.#follow(reference) : {} }
  }

  /** The piece itself, where it is only referred to. */
  resolve(piece: unknown): unknown {
    const reference = valueAt(piece, ['$ref'])
    return typeof reference === 'string' ? valueAt(this.#contract, reference.split('/').slice(1)) : piece
  }

  #follow(reference: string): Json {
    const [, kind = '', name = ''] = /^#\/components\/([A-Za-z]+)\/([\w.-]+)$/.exec(reference) ?? []
    const target = valueAt(this.#contract, ['components', kind, name])
    // What stands elsewhere is not told at all.
    if (!isObject(target)) return { $ref: undefined }
    return this.#components.add(kind, name, target, () => this.take(target))
  }
}
