import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { policies } from '../../plugins/index.ts'
import { staleFiles } from '../config/generate.ts'
import { formatProblem, loadConfig, type ConfigProblem } from '../config/load.ts'
import { baseTypes } from './base-types.ts'
import { resolverTypes } from './resolver-types.ts'
import { readTypedSchema } from './schema.ts'
import { notice, serviceFiles, servicesType } from './service-types.ts'

type Files = Readonly<Record<string, string>>

/** The types of a folder's schema and services, for its resolvers in code, by path in the folder. */
export async function generateTypes(dir: string, env: Readonly<Record<string, string | undefined>>): Promise<{ files: Files } | { problems: readonly ConfigProblem[] }> {
  const loaded = await loadConfig(dir, { env, policies })
  if ('problems' in loaded) return loaded
  const typed = await readTypedSchema(dir)
  if ('problems' in typed) return typed
  const { services } = loaded.config
  const nothing = 'type Nothing = Readonly<Record<string, never>>\n'
  const text = [servicesType(services), nothing, await baseTypes(typed), resolverTypes(typed)].join('\n')
  const names = ['CodeField', 'ServiceCalls', 'ServiceOf'].filter((name) => new RegExp(`\\b${name}\\b`).test(text))
  const imports = names.length === 0 ? '' : `import type { ${names.join(', ')} } from 'sluice'\n`
  return { files: { 'schema/generated.ts': `${notice}\n${imports}${text}`, ...await serviceFiles(services) } }
}

/** Writes the types into `dir`; with `--check` only says which are stale. Gives the exit code. */
export async function main(dir: string, words: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<number> {
  const generated = await generateTypes(dir, env)
  if ('problems' in generated) {
    for (const problem of generated.problems) console.error(formatProblem(problem))
    return 1
  }
  const stale = await staleFiles(dir, generated.files)
  if (words.includes('--check')) {
    for (const path of stale) console.error(`${path} is stale; run "npm run codegen"`)
    return stale.length === 0 ? 0 : 1
  }
  for (const path of stale) {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), generated.files[path] ?? '')
    console.log(`wrote ${path}`)
  }
  return 0
}

if (import.meta.main) {
  const words = process.argv.slice(2)
  process.exitCode = await main(resolve(words.find((word) => !word.startsWith('-')) ?? '.'), words, process.env)
}
