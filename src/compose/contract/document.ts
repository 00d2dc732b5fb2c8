import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { walk, type MapNode, type Node } from '../../config/node.ts'
import { readDocument } from '../../config/source.ts'
import { suggest } from '../../config/suggest.ts'
import type { ServiceInfo } from '../binding.ts'
import { writePlace, type Problem } from '../problem.ts'
import { entriesOf, entry, follow, isLocal, referenceOf, targetOf, valueOf } from './read.ts'

/** What a service promises: its OpenAPI document, of which every piece knows its place. */
export interface Contract {
  readonly service: string
  readonly root: MapNode
}

export interface ReadContracts {
  /** By the service's name. */
  readonly contracts: ReadonlyMap<string, Contract>
  readonly problems: readonly Problem[]
}

/** Reads the documents that services name as their contracts; files in problems and places count from `dir`. */
export async function readContracts(dir: string, services: Readonly<Record<string, ServiceInfo>>): Promise<ReadContracts> {
  const paths = new Set(Object.values(services).flatMap(({ contract }) => contract === undefined ? [] : [contract.openapi]))
  const read = await Promise.all([...paths].map(async (path) => [path, await readFrom(path, relative(dir, path))] as const))
  const roots = new Map(read)
  const contracts = Object.entries(services).flatMap(([service, { contract }]) => {
    const root = contract === undefined ? null : roots.get(contract.openapi)?.root ?? null
    return root === null ? [] : [[service, { service, root }] as const]
  })
  return { contracts: new Map(contracts), problems: read.flatMap(([, { problems }]) => problems) }
}

interface ReadContract {
  /** Null where nothing can be held against it. */
  readonly root: MapNode | null
  readonly problems: readonly Problem[]
}

/** What files said last, by path. Most reloads find the same again, and reading 1 MB keeps the process busy for seconds. */
const kept = new Map<string, { readonly text: string, readonly file: string, readonly read: ReadContract }>()

async function readFrom(path: string, file: string): Promise<ReadContract> {
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return { root: null, problems: [{ file, line: 1, column: 1, message: 'the OpenAPI document cannot be read' }] }
  const known = kept.get(path)
  if (known?.text === text && known.file === file) return known.read
  const read = readContract(text, file)
  kept.set(path, { text, file, read })
  return read
}

/** Reads an OpenAPI 3 document, in YAML or JSON. */
export function readContract(text: string, file: string): ReadContract {
  const { root, problems } = readDocument(text, file, null)
  if (root === null) return { root: null, problems }
  const foreign = versionProblem(root)
  if (root.kind !== 'map' || foreign !== undefined) {
    return { root: null, problems: [...problems, ...foreign === undefined ? [] : [foreign]] }
  }
  const found = [...problems, ...referenceProblems(root)]
  return { root: found.length === 0 ? root : null, problems: found }
}

function versionProblem(root: Node): Problem | undefined {
  const version = entry(root, 'openapi')
  const written = String(valueOf(version))
  if (/^3(\.|$)/.test(written)) return undefined
  if (version !== undefined) return { ...version.place, message: `"${written}" is no version of OpenAPI that can be checked against; it has to be 3.0 or later` }
  const old = valueOf(entry(root, 'swagger'))
  const known = old === null ? '' : `; it is Swagger ${old}, so convert it`
  return { ...root.place, message: `this is no OpenAPI 3 document, which begins with "openapi: 3.…"${known}` }
}

/** What stands below these is data, in which `$ref` is a word like any other. */
const data = /\/(examples?|enum|const|x-[^/]*)(\/|$)/

function referenceProblems(root: MapNode): Problem[] {
  return [...walk(root)].flatMap(([pointer, node]) => {
    const reference = referenceOf(node)
    if (reference === undefined || !isLocal(reference) || data.test(pointer)) return []
    const place = entry(node, '$ref')?.place ?? node.place
    const target = targetOf(reference, root)
    if (target === undefined) return [{ ...place, message: `there is nothing at "${reference}"${nearMiss(reference, root)}` }]
    return follow(target, root) === undefined && leadsHere(node, root) ? [{ ...place, message: `"${reference}" leads back to itself` }] : []
  })
}

/** Whether references alone lead from a node back to it; what leads to such a ring isn't reported as well. */
function leadsHere(node: Node, root: MapNode): boolean {
  const seen = new Set<Node>()
  for (let at: Node | undefined = node; at !== undefined && !seen.has(at);) {
    seen.add(at)
    const reference = referenceOf(at)
    at = reference === undefined ? undefined : targetOf(reference, root)
    if (at === node) return true
  }
  return false
}

function nearMiss(reference: string, root: MapNode): string {
  const end = reference.lastIndexOf('/')
  const [folder, name] = [reference.slice(0, end), reference.slice(end + 1)]
  return suggest(name, entriesOf(targetOf(folder, root)).map(([key]) => key))
}

/** Where a piece of a contract stands, in brackets behind what is said of it. */
export function cite({ place }: Pick<Node, 'place'>): string {
  return `(${writePlace(place)})`
}
