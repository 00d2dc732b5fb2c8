import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { GraphQLError, Kind, Source, validate, type DocumentNode, type GraphQLSchema } from 'graphql'
import { measureDocument, parseWithin, type OperationLimits } from './limits.ts'
import { readManifest, type ManifestEntry } from './manifest.ts'
import type { Problem } from './problem.ts'

/** The documents of a manifest, parsed and valid. */
export interface TrustedDocuments {
  readonly textById: ReadonlyMap<string, string>
  readonly documentByText: ReadonlyMap<string, DocumentNode>
}

/** What documents have to fit. */
export interface TrustInput {
  readonly schema: GraphQLSchema
  readonly limits: OperationLimits
}

/** Reads a manifest and checks every document in it; `path` is absolute, and problems call it as seen from `dir`. */
export async function loadTrusted(
  dir: string, path: string, input: TrustInput,
): Promise<{ trusted: TrustedDocuments } | { problems: Problem[] }> {
  const file = relative(dir, path)
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return { problems: [{ file, line: 1, column: 1, message: 'the file cannot be read' }] }
  let entries: readonly ManifestEntry[]
  try {
    entries = readManifest(text)
  } catch (thrown) {
    return { problems: [{ file, line: 1, column: 1, message: thrown instanceof Error ? thrown.message : String(thrown) }] }
  }
  const [textById, documentByText] = [new Map<string, string>(), new Map<string, DocumentNode>()]
  const problems: Problem[] = []
  for (const entry of entries) {
    const report = (message: string) => {
      problems.push({ file, ...placeOf(entry.id, text), message: `${nameOf(entry)}: ${message}` })
    }
    if (textById.has(entry.id)) report('the id is used twice')
    textById.set(entry.id, entry.text)
    const checked = documentByText.get(entry.text) ?? checkDocument(entry.text, input)
    if (Array.isArray(checked)) checked.forEach(report)
    else documentByText.set(entry.text, checked)
  }
  return problems.length > 0 ? { problems } : { trusted: { textById, documentByText } }
}

/** The parsed document, or what is wrong with it, as clauses. */
function checkDocument(text: string, { schema, limits }: TrustInput): DocumentNode | string[] {
  try {
    const document = parseWithin(new Source(text, 'manifest'), limits)
    if (!document.definitions.some(({ kind }) => kind === Kind.OPERATION_DEFINITION)) return ['it has no operation']
    const large = measureDocument(document, limits)
    const errors = large === undefined ? validate(schema, document) : [large]
    return errors.length === 0 ? document : errors.map(clauseOf)
  } catch (thrown) {
    if (thrown instanceof GraphQLError) return [clauseOf(thrown)]
    throw thrown
  }
}

function clauseOf({ message }: GraphQLError): string {
  return message.replace(/\.$/, '').replace('. Did you mean ', '; did you mean ')
}

function nameOf({ id, name, text }: ManifestEntry): string {
  const named = name ?? /\b(?:query|mutation|subscription)\s+([_A-Za-z]\w*)/.exec(text)?.[1]
  return named === undefined ? `operation ${id}` : `operation ${named} (${id})`
}

/** Where an id stands in its manifest. */
function placeOf(id: string, text: string): { line: number, column: number } {
  const before = text.slice(0, Math.max(0, text.indexOf(JSON.stringify(id)))).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}
