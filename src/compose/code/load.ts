import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Problem } from '../problem.ts'
import { isObject } from '../row.ts'
import { resolversOf } from './define.ts'
import { readResolvers } from './read.ts'
import type { CodeResolver } from './resolver.ts'

/** What a folder's code says. */
export interface LoadedCode {
  readonly resolvers: readonly CodeResolver[]
  readonly problems: readonly Problem[]
  /** Files that have changed since this process took their code, which stays as it was. */
  readonly changed: readonly string[]
  /** Takes the code: from now on this process runs it, whatever the files become. */
  readonly keep: () => void
}

interface KnownFile {
  readonly digest: string
  readonly text: string
  readonly module: unknown
}

/** Files by path, for a process runs the code that it took first. */
const known = new Map<string, KnownFile>()

/** Loads the resolvers in `schema/*.ts` of a folder; a file without a default export has none. */
export async function loadCode(dir: string): Promise<LoadedCode> {
  const folder = join(dir, 'schema')
  const names = await readdir(folder).catch(() => [])
  const files = names.filter((name) => name.endsWith('.ts') && !/\.(d|test)\.ts$/.test(name)).toSorted()
  const loaded = await Promise.all(files.map((name) => loadFile(join(folder, name), `schema/${name}`)))
  return {
    resolvers: loaded.flatMap(({ resolvers }) => resolvers),
    problems: loaded.flatMap(({ problems }) => problems),
    changed: loaded.flatMap(({ changed }) => changed),
    keep: () => loaded.forEach(({ keep }) => keep()),
  }
}

async function loadFile(path: string, file: string): Promise<LoadedCode> {
  try {
    const text = await readFile(path, 'utf8')
    const digest = createHash('sha256').update(text).digest('hex')
    const kept = known.get(path) ?? await importFile(path, text, digest)
    const keep = () => {
      if (isCode(kept)) known.set(path, kept)
    }
    return { ...resolversIn(kept, file), changed: kept.digest === digest ? [] : [file], keep }
  } catch (thrown) {
    const problem = { file, line: lineOf(thrown, path), column: 1, message: `the file can't be loaded: ${sentenceOf(thrown)}` }
    return { resolvers: [], problems: [problem], changed: [], keep: () => undefined }
  }
}

/** The digest makes a file that was of no use another module once it is mended. */
async function importFile(path: string, text: string, digest: string): Promise<KnownFile> {
  const module: unknown = await import(`${pathToFileURL(path).href}?${digest.slice(0, 12)}`)
  return { digest, text, module }
}

/** Types leave nothing behind that could run. */
function isCode({ module }: KnownFile): boolean {
  return isObject(module) && Object.keys(module).length > 0
}

function resolversIn({ module, text }: KnownFile, file: string): Pick<LoadedCode, 'resolvers' | 'problems'> {
  if (!isObject(module) || !('default' in module)) return { resolvers: [], problems: [] }
  const resolvers = resolversOf(module.default)
  if (resolvers !== undefined) return readResolvers(resolvers, file, text)
  const message = 'the default export is no resolvers; export default defineResolvers({ … }) of "sluice"'
  return { resolvers: [], problems: [{ file, line: 1, column: 1, message }] }
}

/** The line that an error names, in its stack or as the type stripper writes it. */
function lineOf(thrown: unknown, path: string): number {
  const stack = thrown instanceof Error ? thrown.stack ?? '' : ''
  const [, line = '1'] = new RegExp(`${RegExp.escape(path)}[^:\\s]*:(\\d+)`).exec(stack) ?? []
  return Number(line)
}

function sentenceOf(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message : String(thrown)).split('\n')[0]?.replace(/\.$/, '') ?? ''
}
