import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GraphQLError, parse, Source, type DocumentNode } from 'graphql'
import { bindSchema } from './bind.ts'
import type { Bound, ServiceInfo } from './binding.ts'
import { mergeDocuments } from './merge.ts'
import { placeOfNode, problemOf, sortProblems, type Problem } from './problem.ts'

export interface SchemaOptions {
  /** The services that fields may call, by name. */
  services: Readonly<Record<string, ServiceInfo>>
}

export type LoadedSchema = { bound: Bound } | { problems: Problem[] }

/** Reads `schema/*.graphql` of a folder and binds it to services; reports every problem at once. */
export async function loadSchema(dir: string, options: SchemaOptions): Promise<LoadedSchema> {
  const folder = join(dir, 'schema')
  const names = await readdir(folder).catch(() => [])
  const files = names.filter((name) => name.endsWith('.graphql')).toSorted()
  const texts = await Promise.all(files.map(async (name) => new Source(await readFile(join(folder, name), 'utf8'), `schema/${name}`)))
  return bindSources(texts, options)
}

/** As `loadSchema`, from texts; each is named after its file. */
export function bindSources(sources: readonly Source[], { services }: SchemaOptions): LoadedSchema {
  const problems: Problem[] = []
  if (sources.length === 0) problems.push({ file: 'schema', line: 1, column: 1, message: 'there are no *.graphql files to compose from' })
  const documents = sources.flatMap((source) => parseSource(source, problems))
  if (problems.length > 0) return { problems }
  const merged = mergeDocuments(documents, (node, message) => problems.push({ ...placeOfNode(node), message }))
  const bound = bindSchema(merged, services, problems)
  return bound === undefined ? { problems: sortProblems(problems) } : { bound }
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
