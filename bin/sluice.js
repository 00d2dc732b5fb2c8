#!/usr/bin/env node
// Plain JavaScript, so that an old Node gets this far and can be told what to do.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'

const wanted = 24

if (Number(process.versions.node.split('.')[0]) >= wanted) {
  const { main } = await import('../src/cli.ts')
  process.exitCode = await main(process.argv.slice(2))
} else {
  rerun(pinnedNode())
}

/** The Node that the lockfile pins for this machine, if it is installed. */
function pinnedNode() {
  try {
    return createRequire(import.meta.url).resolve(`node-${process.platform}-${process.arch}/bin/node`)
  } catch {
    return undefined
  }
}

function rerun(node) {
  if (node === undefined) {
    console.error(`sluice needs Node ${wanted} or newer; this is ${process.version}. Run "npm ci" to get the pinned one, or install it.`)
    process.exitCode = 2
    return
  }
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (signal === 'SIGKILL' ? 9 : 15)
  })
}
