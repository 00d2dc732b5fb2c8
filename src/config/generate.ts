import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { policies } from '../../plugins/index.ts'
import type { AnyPolicy } from '../policy.ts'
import { documentShape } from './document.ts'
import { editorSchema } from './editor.ts'
import { configPage, errorPage } from './reference.ts'

/** Everything that is generated from schemas and tables, by its path in the repository. */
export function generate(policies: readonly AnyPolicy[]): Record<string, string> {
  const shape = documentShape(policies)
  return {
    'routes/schema.json': `${JSON.stringify(editorSchema(shape), null, 2)}\n`,
    'docs/config.md': configPage(shape, policies),
    'docs/errors.md': errorPage(),
  }
}

/** The generated files in `root` that are not as they would be generated now. */
export async function staleFiles(root: string, files: Record<string, string>): Promise<string[]> {
  const stale = await Promise.all(Object.entries(files).map(async ([path, text]) => {
    const written = await readFile(join(root, path), 'utf8').catch(() => undefined)
    return written === text ? [] : [path]
  }))
  return stale.flat()
}

/** Writes the generated files into `root`; with `--check` only says which are stale. Gives the exit code. */
export async function main(root: string, words: readonly string[]): Promise<number> {
  const files = generate(policies)
  const stale = await staleFiles(root, files)
  if (words.includes('--check')) {
    for (const path of stale) console.error(`${path} is stale; run "npx node src/config/generate.ts"`)
    return stale.length === 0 ? 0 : 1
  }
  for (const path of stale) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), files[path] ?? '')
    console.log(`wrote ${path}`)
  }
  return 0
}

if (import.meta.main) process.exitCode = await main(resolve(import.meta.dirname, '../..'), process.argv.slice(2))
