import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import { freePorts } from '../free-port.ts'

/** Reason to skip, or false where a Redis can be started. */
export const skip = spawnSync('redis-server', ['--version']).error === undefined ? false : 'needs the Debian package redis-server'

export interface RedisServer {
  readonly url: string
  readonly port: number
  /** Stops the process where it stands: connections stay open, and nothing is answered. */
  freeze(): void
  thaw(): void
  stop(): Promise<void>
}

/** Starts a Redis that keeps nothing, on a free port or the given one. */
export async function startRedis(port?: number): Promise<RedisServer> {
  for (;;) {
    const chosen = port ?? (await freePorts(1))[0] ?? 0
    const child = spawn(
      'redis-server',
      ['--port', String(chosen), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', tmpdir()],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    if (await ready(child)) return running(child, chosen)
  }
}

function running(child: ChildProcess, port: number): RedisServer {
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}

/** False where another process took the port in between. */
async function ready(child: ChildProcess): Promise<boolean> {
  for await (const line of createInterface({ input: child.stdout! })) {
    if (line.includes('Ready to accept connections')) {
      child.stdout!.resume()
      return true
    }
  }
  return false
}
