import { isObject, valueAt } from './row.ts'

/** A document of a manifest, as it is written. */
export interface ManifestEntry {
  readonly id: string
  /** What people know it by, where the manifest says that. */
  readonly name: string | undefined
  readonly text: string
}

const format = 'apollo-persisted-query-manifest'

/**
 * The entries of a manifest: a JSON object of documents by id, or Apollo's format, version 1. Throws an error whose
 * message is a clause about what is wrong.
 */
export function readManifest(text: string): ManifestEntry[] {
  const manifest = parseJson(text)
  if (!isObject(manifest)) throw new Error('a manifest is an object of documents by their id')
  if (valueAt(manifest, ['format']) !== format) {
    return Object.entries(manifest).map(([id, document]) => entryOf(id, undefined, document))
  }
  const [version, operations] = [valueAt(manifest, ['version']), valueAt(manifest, ['operations'])]
  if (version !== 1) throw new Error(`the manifest has the version ${JSON.stringify(version)}, and only 1 is known`)
  if (!Array.isArray(operations)) throw new Error('the manifest has no list of operations')
  return operations.map((operation: unknown, index) => {
    const [id, name] = [valueAt(operation, ['id']), valueAt(operation, ['name'])]
    if (typeof id !== 'string') throw new Error(`operation ${index + 1} of the manifest has no id`)
    return entryOf(id, typeof name === 'string' ? name : undefined, valueAt(operation, ['body']))
  })
}

function entryOf(id: string, name: string | undefined, text: unknown): ManifestEntry {
  if (typeof text === 'string') return { id, name, text }
  throw new Error(`what "${id}" stands for is no text`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (thrown) {
    throw new Error(`this is no JSON: ${thrown instanceof Error ? thrown.message : ''}`, { cause: thrown })
  }
}
