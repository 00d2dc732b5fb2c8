import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GraphQLError, parse, Source, type DocumentNode } from 'graphql'
import { bindSchema, type BindParts } from './bind.ts'
import type { Bound } from './binding.ts'
import { loadCode } from './code/load.ts'
import { readContracts } from './contract/document.ts'
import { mergeDocuments } from './merge.ts'
import { placeOfNode, problemOf, sortProblems, type Problem } from './problem.ts'

/** `changed` names files of code that are other than what this process loaded and goes on with. */
export type LoadedSchema = { bound: Bound, changed: readonly string[] } | { problems: Problem[] }

/** Reads `schema/*.graphql` of a folder and binds it to services, to what they promise, and to the code in `schema/*.ts`; reports every problem at once. */
export async function loadSchema(dir: string, { services }: Pick<BindParts, 'services'>): Promise<LoadedSchema> {
  const [texts, contracts] = await Promise.all([readSources(dir), readContracts(dir, services)])
  const { resolvers, problems, changed, keep } = await loadCode(dir)
  const loaded = bindSources(texts, { services, resolvers, contracts: contracts.contracts })
  const found = [...problems, ...contracts.problems, ...'problems' in loaded ? loaded.problems : []]
  if ('problems' in loaded || found.length > 0) return { problems: sortProblems(found) }
  keep()
  return { ...loaded, changed }
}

/** The texts of `schema/*.graphql`, each named after its file. */
export async function readSources(dir: string): Promise<Source[]> {
  const folder = join(dir, 'schema')
  const names = await readdir(folder).catch(() => [])
  const files = names.filter((name) => name.endsWith('.graphql')).toSorted()
  return Promise.all(files.map(async (name) => new Source(await readFile(join(folder, name), 'utf8'), `schema/${name}`)))
}

/** As `loadSchema`, from texts; each is named after its file. */
export function bindSources(sources: readonly Source[], parts: BindParts): LoadedSchema {
  const problems: Problem[] = []
  if (sources.length === 0) problems.push({ file: 'schema', line: 1, column: 1, message: 'there are no *.graphql files to compose from' })
  const merged = mergeSources(sources, problems)
  if (merged === undefined) return { problems }
  const bound = bindSchema(merged, parts, problems)
  return bound === undefined ? { problems: sortProblems(problems) } : { bound, changed: [] }
}

/** The definitions of all texts as one document; undefined where one can't be parsed. */
export function mergeSources(sources: readonly Source[], problems: Problem[]): DocumentNode | undefined {
  const documents = sources.flatMap((source) => parseSource(source, problems))
  if (problems.length > 0) return undefined
  return mergeDocuments(documents, (node, message) => problems.push({ ...placeOfNode(node), message }))
}

function parseSource(source: Source, problems: Problem[]): DocumentNode[] {
  try {
    return [parse(source)]
  } catch (thrown) {
    if (!(thrown instanceof GraphQLError)) throw thrown
    problems.push(problemOf(thrown, source.name))
    return []
  }
}
