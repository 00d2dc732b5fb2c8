import { resolve } from 'node:path'
import { pino } from 'pino'
import { formatProblem } from './config/load.ts'
import { readBlueprint } from './provision.ts'
import { openRuntime } from './runtime.ts'
import { start } from './start.ts'

interface Command {
  readonly usage: string
  readonly summary: string
  run(dir: string, options: Options): Promise<number>
}

interface Options {
  readonly json: boolean
}

/** Every command; an entry here is all that a new one needs. */
const commands: Record<string, Command> = {
  start: {
    usage: 'sluice start [dir]',
    summary: 'serve the folder; SIGHUP reloads it, SIGTERM drains and ends',
    run: (dir) => start(dir, openRuntime(pino(), process.env)),
  },
  check: {
    usage: 'sluice check [dir] [--json]',
    summary: 'say what is wrong with the folder, with file, line and column',
    run: check,
  },
}

/** Runs one command: 0 when all is well, 1 when the answer is no, 2 when the words were wrong. */
export async function main(words: readonly string[]): Promise<number> {
  const flags = words.filter((word) => word.startsWith('-'))
  const [name, dir = '.', ...more] = words.filter((word) => !word.startsWith('-'))
  if (flags.includes('--help') || flags.includes('-h')) return tell(console.log, 0)
  const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined
  const unknown = flags.find((flag) => flag !== '--json')
  if (command === undefined || unknown !== undefined || more.length > 0) {
    console.error(`sluice: cannot understand "${words.join(' ')}"`)
    return tell(console.error, 2)
  }
  return command.run(resolve(dir), { json: flags.includes('--json') })
}

function tell(print: (line: string) => void, code: number): number {
  for (const { usage, summary } of Object.values(commands)) print(`  ${usage.padEnd(30)} ${summary}`)
  print('dir holds routes/ and schema/; left out, it is the current folder.')
  return code
}

async function check(dir: string, { json }: Options): Promise<number> {
  const checked = await readBlueprint(dir, process.env)
  const problems = 'problems' in checked ? checked.problems : []
  if (json) console.log(JSON.stringify({ ok: problems.length === 0, problems }))
  else if (problems.length > 0) for (const problem of problems) console.error(formatProblem(problem))
  else console.log('the config and the schema are sound')
  return problems.length === 0 ? 0 : 1
}
