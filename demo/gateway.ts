import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { launch, type Child, type Output } from './child.ts'

const READY_MS = 30_000
const POLL_MS = 100

/** Starts the gateway on this repository's own routes, with `env` on top of this process's. */
export function launchGateway(env: NodeJS.ProcessEnv, output: Output): Child {
  const root = fileURLToPath(new URL('..', import.meta.url))
  return launch(new URL('../bin/sluice.js', import.meta.url), ['start', root], { ...process.env, ...env }, output)
}

/** Waits until the address answers 200. Throws when it hasn't within 30 s, or when `signal` is aborted. */
export async function waitUntilReady(url: string, signal: AbortSignal): Promise<void> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(READY_MS)])
  while (!await isReady(url, deadline)) {
    if (deadline.aborted) throw new Error(`gateway: ${url} was not ready within ${READY_MS / 1000} s`)
    await sleep(POLL_MS)
  }
}

async function isReady(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, { signal })
    await response.arrayBuffer()
    return response.status === 200
  } catch {
    return false
  }
}
