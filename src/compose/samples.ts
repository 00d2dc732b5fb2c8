import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The queries in a folder's `*.graphql` files, by file name, for the playground's tabs; none where there is no folder. */
export async function readSamples(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  const files = names.filter((name) => name.endsWith('.graphql')).toSorted()
  return Promise.all(files.map(async (name) => (await readFile(join(folder, name), 'utf8')).trimEnd()))
}
