import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Place } from './gateway.ts'

/** Runs something outside a test that needs a place: all it started is stopped at the end, also that by a signal. */
export async function inPlace(run: (place: Place) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'sluice-'))
  const stops: (() => unknown)[] = [() => rmSync(root, { recursive: true, force: true })]
  const stopAll = async () => {
    for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) await stop()
  }
  let closed: Promise<void> | undefined
  const close = () => (closed ??= stopAll())
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close().finally(() => process.exit(1)))
  try {
    await run({ testdir: () => mkdtempSync(join(root, 'at-')), teardown: (stop) => void stops.push(stop) })
  } finally {
    await close()
  }
}
