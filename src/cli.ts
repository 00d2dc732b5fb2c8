import { resolve } from 'node:path'

interface Command {
  readonly usage: string
  readonly summary: string
  run(dir: string, options: Options): Promise<number>
}

interface Options {
  readonly json: boolean
  /** Files of operations that were named. */
  readonly files: readonly string[]
}

/** Every command; an entry here is all that a new one needs. A command loads what it needs, and nothing else. */
const commands: Record<string, Command> = {
  start: {
    usage: 'sluice start [dir]',
    summary: 'serve the folder; SIGHUP reloads it, SIGTERM drains and ends',
    run: async (dir) => (await import('./start.ts')).start(dir, process.env),
  },
  check: {
    usage: 'sluice check [dir] [--json]',
    summary: 'say what is wrong with the folder, with file, line and column',
    run: async (dir, { json }) => (await import('./check.ts')).check(dir, process.env, json),
  },
  plan: {
    usage: 'sluice plan <x.graphql>… [dir] [--json]',
    summary: 'say what operations would call, and how often at most',
    run: async (dir, { json, files }) => (await import('./plan.ts')).plan(dir, files, process.env, json),
  },
}

/** Runs one command: 0 when all is well, 1 when the answer is no, 2 when the words were wrong. */
export async function main(words: readonly string[]): Promise<number> {
  const flags = words.filter((word) => word.startsWith('-'))
  const files = words.filter((word) => word.endsWith('.graphql'))
  const [name, dir = '.', ...more] = words.filter((word) => !word.startsWith('-') && !files.includes(word))
  if (flags.includes('--help') || flags.includes('-h')) return tell(console.log, 0)
  const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined
  const unknown = flags.find((flag) => flag !== '--json')
  if (command === undefined || unknown !== undefined || more.length > 0 || (name === 'plan') !== files.length > 0) {
    console.error(`sluice: cannot understand "${words.join(' ')}"`)
    return tell(console.error, 2)
  }
  return command.run(resolve(dir), { json: flags.includes('--json'), files })
}

function tell(print: (line: string) => void, code: number): number {
  for (const { usage, summary } of Object.values(commands)) print(`  ${usage.padEnd(42)} ${summary}`)
  print('dir holds routes/ and schema/; left out, it is the current folder.')
  return code
}
