import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import type { Clock } from '../src/clock.ts'
import { provision, readBlueprint } from '../src/provision.ts'
import { Reloader } from '../src/reload.ts'
import { openRuntime, type Runtime } from '../src/runtime.ts'
import { Server } from '../src/server.ts'
import { formatProblem } from '../src/config/load.ts'
import type { Gateway } from '../src/gateway.ts'

/** Log lines as objects, as they are written. */
export interface Lines {
  all: Record<string, unknown>[]
  /** The next line that fits, also one already written. */
  when(fits: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>
}

/** What starts things needs a folder, and somewhere to say how they stop; a tap Test is one. */
export interface Place {
  testdir(): string
  teardown(stop: () => unknown): void
}

export interface Running {
  dir: string
  url: string
  server: Server
  reloader: Reloader
  runtime: Runtime
  lines: Lines
  /** Writes files into the folder, for the next reload. */
  write(files: Record<string, string>): void
}

function collectLines(): { stream: Writable; lines: Lines } {
  const all: Record<string, unknown>[] = []
  let waiting: { fits: (line: Record<string, unknown>) => boolean; resolve: (line: Record<string, unknown>) => void }[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const line = JSON.parse(chunk.toString()) as Record<string, unknown>
      all.push(line)
      for (const { resolve } of waiting.filter(({ fits }) => fits(line))) resolve(line)
      waiting = waiting.filter(({ fits }) => !fits(line))
      done()
    },
  })
  const when: Lines['when'] = (fits) => {
    const known = all.find(fits)
    return known === undefined ? new Promise((resolve) => waiting.push({ fits, resolve })) : Promise.resolve(known)
  }
  return { stream, lines: { all, when } }
}

export function writeFiles(dir: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(dir, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
}

/** Builds a gateway from files, without a listener: tests inject. Fails the test on a config problem. */
export async function buildFrom(
  t: Place, files: Record<string, string>, env: Runtime['env'] = {}, clock?: Clock,
): Promise<{ gateway: Gateway; runtime: Runtime; lines: Lines; dir: string }> {
  const dir = t.testdir()
  writeFiles(dir, files)
  const { stream, lines } = collectLines()
  const runtime = openRuntime(pino({ level: 'debug' }, stream), env, clock)
  const checked = await readBlueprint(dir, env)
  if ('problems' in checked) throw new Error(checked.problems.map(formatProblem).join('\n'))
  const gateway = await provision(checked.blueprint, runtime)
  t.teardown(() => gateway.close())
  return { gateway, runtime, lines, dir }
}

/** Serves a folder made of `files` on a free port, as `sluice start` does. */
export async function startGateway(t: Place, files: Record<string, string>, env: Runtime['env'] = {}, clock?: Clock): Promise<Running> {
  const { gateway, runtime, lines, dir } = await buildFrom(t, files, env, clock)
  const server = new Server(runtime)
  await server.swap(gateway)
  t.teardown(() => server.drain())
  const url = Object.values(server.addresses)[0] ?? ''
  return { dir, url, server, reloader: new Reloader(dir, server, runtime), runtime, lines, write: (more) => writeFiles(dir, more) }
}
