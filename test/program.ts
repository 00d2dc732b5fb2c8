import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Place } from './gateway.ts'

/** The environment, with the folders where Debian keeps servers, in which only root looks for programs. */
export const environment = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin` }

export interface Program {
  command: string
  words: readonly string[]
  /** Where it takes connections on the loopback once it has started. */
  port: number
  /** File descriptor of what it writes to its standard output, which is dropped otherwise. */
  output?: number
}

/** Starts a program and waits until it takes connections; null where it is not installed. It ends with the place. */
export async function startProgram(place: Pick<Place, 'teardown'>, { command, words, port, output }: Program): Promise<ChildProcess | null> {
  const child = spawn(command, words, { env: environment, stdio: ['ignore', output ?? 'ignore', 'pipe'] })
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  try {
    await once(child, 'spawn')
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return null
    throw thrown
  }
  place.teardown(() => stop(child))
  if (!await listens(child, port)) throw new Error(`${command} did not start: ${said}`)
  return child
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null

/** Whether it takes connections within twenty seconds. */
async function listens(child: ChildProcess, port: number): Promise<boolean> {
  for (let tries = 0; tries < 400 && !hasEnded(child); tries++) {
    const socket = connect(port, '127.0.0.1')
    const open = await once(socket, 'connect').then(() => true, () => false)
    socket.destroy()
    if (open) return !hasEnded(child)
    await delay(50)
  }
  return false
}

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
