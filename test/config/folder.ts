import type { Test } from 'tap'
import { Type } from 'typebox'
import type { Config } from '../../src/config/config.ts'
import { formatProblem, loadConfig } from '../../src/config/load.ts'
import { suggest } from '../../src/config/suggest.ts'
import { Duration, Size } from '../../src/config/units.ts'
import { definePolicy, type AnyPolicy } from '../../src/policy.ts'

const strict = { additionalProperties: false }

export const auth = definePolicy({
  name: 'authenticate',
  key: 'auth',
  shadow: false,
  config: Type.Object({
    providers: Type.Array(Type.String()),
    required: Type.Boolean({ default: true, description: 'Whether a credential is needed.' }),
  }, { ...strict, description: 'Who the client is.' }),
  check({ providers }, _route, config) {
    return providers.flatMap((name, index) => {
      if (Object.hasOwn(config.identity, name)) return []
      return [{ pointer: `/providers/${index}`, message: `no provider "${name}"${suggest(name, Object.keys(config.identity))}` }]
    })
  },
  apply: () => undefined,
})

export const cache = definePolicy({
  name: 'cache',
  key: 'cache',
  config: Type.Object({
    maxAge: Duration({ description: 'How long.' }),
    size: Size({ description: 'How much.', default: '1MiB' }),
    vary: Type.Array(Type.String(), { default: [], description: 'By what.' }),
    keep: Type.Object({ stale: Duration({ description: 'Longer.', default: '1min' }), errors: Type.Boolean({ default: false }) }, { ...strict, default: {} }),
  }, { ...strict, description: 'Answers that are kept.' }),
  apply: () => undefined,
})

export const log = definePolicy({
  name: 'log',
  key: 'log',
  unmatched: true,
  config: Type.Union([Type.Enum(['all', 'failures']), Type.Object({ sample: Type.Integer({ minimum: 1 }) }, strict)], { description: 'What is logged.' }),
  apply: () => undefined,
})

export const policies: readonly AnyPolicy[] = [log, auth, cache]

/** A listener and a service, for configs that are about something else. */
export const base = `listeners:
  public: { port: 8080 }
services:
  users: { targets: [{ url: "http://127.0.0.1:4001" }] }
`

export interface Options {
  env?: Record<string, string>
  policies?: readonly AnyPolicy[]
}

/** Loads a folder made of `files`, whose names count from `routes/`. */
export function load(t: Test, files: Record<string, string>, options: Options = {}) {
  const dir = t.testdir({ routes: files })
  return loadConfig(dir, { env: options.env ?? {}, policies: options.policies ?? policies })
}

/** The config of files in which all is well. */
export async function configOf(t: Test, files: Record<string, string>, options?: Options): Promise<Config> {
  const loaded = await load(t, files, options)
  if ('problems' in loaded) throw new Error(loaded.problems.map(formatProblem).join('\n'))
  return loaded.config
}

/** All that is wrong with files, as lines. */
export async function problemsOf(t: Test, files: Record<string, string>, options?: Options): Promise<string[]> {
  const loaded = await load(t, files, options)
  return 'problems' in loaded ? loaded.problems.map(formatProblem) : []
}
