import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const PATIENCE_MS = 3000
const exitWithParent = new URL('exit-with-parent.ts', import.meta.url).href

export interface Child {
  pid: number | undefined
  /** How it ended, in words, once all that it wrote was read. */
  ended: Promise<string>
  /** Asks it to end, and makes it end when it doesn't within 3 s. */
  stop: () => Promise<void>
}

export interface Output { line: (text: string) => void, error: (text: string) => void }

/**
 * Runs a script with this Node as a child that ends when this process does, however that comes.
 * It has its own process group, so that Ctrl-C reaches this process alone, which then ends its children in order.
 */
export function launch(script: URL, words: string[], env: NodeJS.ProcessEnv, output: Output): Child {
  const child = spawn(process.execPath, [
    '--disable-warning=ExperimentalWarning', '--import', exitWithParent, fileURLToPath(script), ...words,
  ], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  if (child.stdout) createInterface({ input: child.stdout }).on('line', output.line)
  if (child.stderr) createInterface({ input: child.stderr }).on('line', output.error)
  const ended = endOf(child)
  return {
    pid: child.pid,
    ended,
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
      await ended
      clearTimeout(timer)
    },
  }
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`))
    child.once('close', (code, signal) => {
      resolve(signal === null ? `ended with exit code ${String(code)}` : `was ended by ${signal}`)
    })
  })
}
