import { readFile, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { AnyPolicy } from '../policy.ts'
import { checkConfig } from './check.ts'
import { applyDefaults, combine } from './combine.ts'
import { compileConfig } from './compile.ts'
import type { Config, Place } from './config.ts'
import { documentShape } from './document.ts'
import { sortProblems, type ConfigProblem } from './problem.ts'
import type { Shape } from './shape.ts'
import { readSource, type Environment, type Source } from './source.ts'
import { compileValidator, type Validator } from './validate.ts'

export { formatProblem, type ConfigProblem } from './problem.ts'

export interface LoadOptions {
  /** Where `${NAME}` takes its values from. */
  readonly env: Environment
  readonly policies: readonly AnyPolicy[]
}

/**
 * Reads, checks and compiles `routes/*.yaml` of a folder. All problems are found at once and come sorted by place;
 * files in problems and places count from the folder.
 */
export async function loadConfig(
  dir: string,
  { env, policies }: LoadOptions,
): Promise<{ config: Config } | { problems: ConfigProblem[] }> {
  const names = await namesIn(join(dir, 'routes'))
  if (names.length === 0) {
    return { problems: [{ file: 'routes', line: 1, column: 1, message: 'there is no config here, such as gateway.yaml' }] }
  }
  const sources = await Promise.all(names.map((name) => readOne(dir, name, env)))
  const { config, problems } = build(dir, sources, { file: `routes/${names[0] ?? ''}`, line: 1, column: 1 }, policies)
  return problems.length === 0 ? { config } : { problems: sortProblems(problems) }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name) && !name.startsWith('.')).sort()
  } catch {
    return []
  }
}

async function readOne(dir: string, name: string, env: Environment): Promise<Source> {
  const file = `routes/${name}`
  const path = resolve(dir, file)
  try {
    return readSource(await readFile(path, 'utf8'), path, file, env)
  } catch {
    return { root: null, problems: [{ file, line: 1, column: 1, message: 'the file cannot be read' }], lost: true }
  }
}

/** Where a file is lost as a whole, what it would have declared is unknown, and nothing is said of what is missing. */
function build(dir: string, sources: readonly Source[], start: Place, policies: readonly AnyPolicy[]) {
  const files = sources.flatMap(({ root }) => (root === null ? [] : [root]))
  const complete = !sources.some(({ lost }) => lost)
  const combined = combine(files, start)
  const root = applyDefaults(combined.root, policies)
  const { shape, validate } = compiledFor(policies)
  const { problems, suspects } = validate(root, { complete })
  const config = compileConfig(dir, root, shape, policies)
  const checked = complete ? checkConfig(config, root, suspects, policies) : []
  return { config, problems: [...sources.flatMap((source) => source.problems), ...combined.problems, ...problems, ...checked] }
}

const compiled = new WeakMap<readonly AnyPolicy[], { shape: Shape; validate: Validator }>()

/** Compiling takes longer than validating, and a process has one list of policies. */
function compiledFor(policies: readonly AnyPolicy[]): { shape: Shape; validate: Validator } {
  const known = compiled.get(policies)
  if (known !== undefined) return known
  const shape = documentShape(policies)
  const fresh = { shape, validate: compileValidator(shape) }
  compiled.set(policies, fresh)
  return fresh
}
