import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { environment } from '../test/program.ts'

const programs = {
  nginx: { words: ['-v'], debian: 'nginx-light' },
  haproxy: { words: ['-v'], debian: 'haproxy' },
  wrk: { words: ['-v'], debian: 'wrk' },
}

/** The version that a program says it has. Throws where it is not installed, and says which Debian package brings it. */
export function versionOf(name: keyof typeof programs): string {
  const { words, debian } = programs[name]
  const { error, stdout, stderr } = spawnSync(name, words, { env: environment, encoding: 'utf8' })
  if (error !== undefined) throw new Error(`${name} is not installed; Debian has it in the package ${debian}`)
  return `${name} ${/\d+\.\d+[\w.+-]*/.exec(stdout + stderr)?.[0] ?? '?'}`
}

/** The version of an installed package; `within` is the package that has one of its own. */
export function packageVersion(name: string, within?: string): string {
  const folder = within === undefined ? name : `${within}/node_modules/${name}`
  const { version } = JSON.parse(readFileSync(new URL(`../node_modules/${folder}/package.json`, import.meta.url), 'utf8')) as { version: string }
  return `${name} ${version}${within === undefined ? '' : ` (in ${within})`}`
}
