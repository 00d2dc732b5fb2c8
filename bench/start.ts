import { openSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePorts } from '../test/free-port.ts'
import { writeFiles, type Place } from '../test/gateway.ts'
import { startProgram, type Program } from '../test/program.ts'
import { nginxConfig, nginxWords } from './nginx.ts'

/** A program that listens. */
export interface Started {
  readonly pid: number
  readonly url: string
}

const bin = fileURLToPath(new URL('../bin/sluice.js', import.meta.url))

/** Starts a program. Throws where it is not installed. */
export async function start(place: Place, program: Program): Promise<Started> {
  const child = await startProgram(place, program)
  if (child?.pid === undefined) throw new Error(`${program.command} is not installed`)
  return { pid: child.pid, url: `http://127.0.0.1:${program.port}` }
}

/** Starts Sluice over a folder of these files; `config` is what `routes/gateway.yaml` says after its listener. */
export async function startSluice(place: Place, config: string, files: Readonly<Record<string, string>> = {}): Promise<Started> {
  const dir = place.testdir()
  const [port = 0] = await freePorts(1)
  writeFiles(dir, { ...files, 'routes/gateway.yaml': `listeners: { public: { host: 127.0.0.1, port: ${port} } }\n${config}` })
  return start(place, { command: process.execPath, words: [bin, 'start', dir], port, output: logFile(dir) })
}

/** Starts a program of this folder, which is told as JSON what it has to know and where to listen. Its output goes to a file. */
export async function startServer(place: Place, file: URL, told: object): Promise<Started> {
  const [port = 0] = await freePorts(1)
  const words = [fileURLToPath(file), JSON.stringify({ ...told, port })]
  return start(place, { command: process.execPath, words, port, output: logFile(place.testdir()) })
}

/** Starts an nginx; `http` gives what stands in its `http`, from the port to listen on and the folder with these files. */
export async function startNginx(
  place: Place, http: (port: number, dir: string) => string, files: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const dir = place.testdir()
  const [port = 0] = await freePorts(1)
  writeFiles(dir, { ...files, 'proxy.conf': nginxConfig(dir, http(port, dir)) })
  return start(place, { command: 'nginx', words: nginxWords(dir), port })
}

function logFile(dir: string): number {
  return openSync(join(dir, 'log'), 'w')
}
