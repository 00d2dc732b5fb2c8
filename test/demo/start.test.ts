import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'

const script = fileURLToPath(new URL('../../demo/start.ts', import.meta.url))
const freePorts = { IDENTITY_PORT: '0', USERS_PORT: '0', CATALOG_PORT: '0', ORDERS_PORT: '0' }
const NAMES = ['catalog', 'identity', 'orders', 'users']

interface Running { name: string, url: string, pid: number }

function start(t: Test, env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [script, '--services-only'], {
    env: { ...process.env, ...freePorts, ...env }, stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const complaints: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => complaints.push(line))
  const running: Running[] = []
  const allRun = new Promise<Running[]>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, name, url, pid] = /^(\w+) +(\S+) +\(process (\d+)\)$/.exec(line) ?? []
      if (name !== undefined && url !== undefined) running.push({ name, url, pid: Number(pid) })
      if (running.length === NAMES.length) resolve(running)
    })
  })
  const closed = once(child, 'close').then(([code, signal]) => ({ code, signal, complaints }))
  return { child, running, allRun, closed }
}

/** A zombie that nobody has waited for yet runs no more. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

const stillRunning = (running: Running[]) => running.filter(({ pid }) => isRunning(pid))

t.test('starts the four services', async (t) => {
  const demo = start(t)
  const running = await demo.allRun
  t.strictSame(running.map(({ name }) => name).sort(), NAMES)
  for (const { url } of running) t.equal((await fetch(`${url}/health`)).status, 200)
  demo.child.kill('SIGTERM')
  t.strictSame(await demo.closed, { code: 0, signal: null, complaints: ['demo: SIGTERM, stopping'] })
  t.strictSame(stillRunning(running), [])
})

t.test('Ctrl-C ends all, with exit code 0', async (t) => {
  const demo = start(t)
  const running = await demo.allRun
  demo.child.kill('SIGINT')
  demo.child.kill('SIGINT')
  t.strictSame(await demo.closed, { code: 0, signal: null, complaints: ['demo: SIGINT, stopping'] })
  t.strictSame(stillRunning(running), [])
})

t.test('a killed supervisor leaves nothing running', async (t) => {
  const demo = start(t)
  const running = await demo.allRun
  demo.child.kill('SIGKILL')
  t.match(await demo.closed, { signal: 'SIGKILL' })
  while (stillRunning(running).length > 0) await setImmediate()
  t.strictSame(stillRunning(running), [])
})

t.test('a service that dies ends all the others', async (t) => {
  const demo = start(t)
  const running = await demo.allRun
  process.kill(running.find(({ name }) => name === 'catalog')!.pid, 'SIGKILL')
  t.strictSame(await demo.closed, {
    code: 1, signal: null, complaints: ['catalog: was ended by SIGKILL; stopping the others'],
  })
  t.strictSame(stillRunning(running), [])
})

t.test('a taken port ends all, with one line', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const demo = start(t, { ORDERS_PORT: String(port) })
  t.strictSame(await demo.closed, {
    code: 1, signal: null, complaints: [`orders: port ${port} on 127.0.0.1 is taken; set ORDERS_PORT to another`],
  })
  t.strictSame(stillRunning(demo.running), [])
})
