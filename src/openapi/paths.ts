import { parsePattern, shapeOf } from '../match/pattern.ts'
import type { Json } from './json.ts'
import { parameterIn } from './contract.ts'

/** One operation of a route, before it has a place. */
export interface Described {
  /** As the config has it, such as `/orders/{id}` or `/files/*`. */
  readonly path: string
  readonly method: string
  /** What it is called, where nothing else is. */
  readonly id: string
  readonly operation: Json
  readonly parameters: readonly Json[]
  /** Schemas of the path's parameters, by name. */
  readonly schemas: ReadonlyMap<string, Json>
}

interface Item {
  readonly path: string
  readonly names: readonly string[]
  readonly operations: Map<string, Json>
}

/** The paths of a description. Two that match the same requests are one, by whatever names their parameters go. */
export class Paths {
  readonly #items = new Map<string, Item>()
  readonly #ids = new Set<string>()

  /** Adds an operation; one that the same path and method have already stays. */
  add({ path, method, id, operation, parameters, schemas }: Described): void {
    const shape = shapeOf(parsePattern(path))
    const own = namesIn(path)
    const item = this.#items.get(shape) ?? { path: writtenPath(path), names: own, operations: new Map<string, Json>() }
    this.#items.set(shape, item)
    const key = method.toLowerCase()
    if (item.operations.has(key)) return
    const inPath = item.names.map((name, index) => pathParameter(name, own[index] ?? name, schemas))
    const all = [...inPath, ...parameters]
    item.operations.set(key, { operationId: this.#idOf(id), ...all.length === 0 ? {} : { parameters: all }, ...operation })
  }

  #idOf(wanted: string): string {
    let [id, count] = [wanted, 1]
    while (this.#ids.has(id)) id = `${wanted}-${++count}`
    this.#ids.add(id)
    return id
  }

  toJSON(): Json {
    return Object.fromEntries([...this.#items.values()].map(({ path, operations }) => [path, Object.fromEntries(operations)]))
  }
}

/** What a closing `/*` takes is called this. */
const rest = 'rest'

function namesIn(path: string): string[] {
  return path.split('/').flatMap((segment) => (segment === '*' ? [rest] : parameterIn(segment)))
}

function writtenPath(path: string): string {
  return path.replace(/\*$/, `{${rest}}`)
}

function pathParameter(name: string, own: string, schemas: ReadonlyMap<string, Json>): Json {
  const about = own === rest && !schemas.has(own) ? { description: 'What remains of the path, which may be several segments.' } : {}
  return { name, in: 'path', required: true, ...about, schema: schemas.get(own) ?? { type: 'string' } }
}
