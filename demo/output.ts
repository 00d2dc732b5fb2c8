import { createWriteStream, mkdirSync } from 'node:fs'
import type { Output } from './child.ts'

export interface WatchedOutput extends Output {
  /** Whether the child has complained, so that its end needs no more words. */
  hasComplained: () => boolean
}

const folder = new URL('.data/', import.meta.url)

/**
 * Where a child's words go: what it logs to `.data/<name>.log`, or to the terminal when `verbose`; what it
 * complains about to stderr, with its name in front.
 */
export function openOutput(name: string, verbose: boolean): WatchedOutput {
  const complain = prefixed(name, process.stderr)
  let complained = false
  return {
    line: verbose ? prefixed(name, process.stdout) : logged(name),
    error(text) {
      complained = true
      complain(text)
    },
    hasComplained: () => complained,
  }
}

function logged(name: string): (text: string) => void {
  mkdirSync(folder, { recursive: true })
  const log = createWriteStream(new URL(`${name}.log`, folder))
  return (text) => { log.write(`${text}\n`) }
}

function prefixed(name: string, stream: NodeJS.WriteStream): (text: string) => void {
  const prefix = `${name}: `
  return (text) => { stream.write(`${text.startsWith(prefix) ? '' : prefix}${text}\n`) }
}
