import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { startBackend } from './backend.ts'
import { writeFiles } from './gateway.ts'

const bin = fileURLToPath(new URL('../bin/sluice.js', import.meta.url))

const config = (target: string, path = '/first') => ({
  'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0 } }
admin: { port: 0 }
services:
  s: { targets: [{ url: "${target}" }] }
routes:
  a: { match: { path: /a }, to: { service: s, path: ${path} } }
`,
})

interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

async function run(words: string[]): Promise<Ended> {
  return ended(spawn(process.execPath, [bin, ...words]))
}

async function ended(child: ChildProcess): Promise<Ended> {
  let [stdout, stderr] = ['', '']
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

/** Log lines of a process, each waited for in turn. */
async function* lines(child: ChildProcess): AsyncGenerator<Record<string, unknown>> {
  let rest = ''
  for await (const chunk of child.stdout ?? []) {
    const parts = (rest + String(chunk)).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) yield JSON.parse(part)
  }
}

async function started(t: Test, dir: string) {
  const child = spawn(process.execPath, [bin, 'start', dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  const log = lines(child)
  const { value: serving } = await log.next()
  const next = async (message: string) => {
    for (;;) {
      const { value, done } = await log.next()
      if (done === true) throw new Error(`the process ended before "${message}"`)
      if (value.msg === message) return value
    }
  }
  return { child, url: serving.listeners.public, admin: serving.admin, next }
}

t.test('check says that all is well, or what is not and where', async (t) => {
  const dir = t.testdir()
  writeFiles(dir, config('http://127.0.0.1:9'))
  t.match(await run(['check', dir]), { code: 0, stdout: /sound/, stderr: '' })
  writeFiles(dir, { 'routes/more.yaml': 'routes:\n  b: { match: { path: /b }, to: { service: t } }\n' })
  const bad = await run(['check', dir])
  t.equal(bad.code, 1)
  t.match(bad.stderr, /^routes\/more\.yaml:2:\d+: .*"t"/)
  const json = JSON.parse((await run(['check', dir, '--json'])).stdout)
  t.match(json, { ok: false, problems: [{ file: 'routes/more.yaml', line: 2 }] })
  t.match(await run(['start', dir]), { code: 1, stderr: bad.stderr })
})

t.test('wrong words exit with 2 and say which words there are', async (t) => {
  for (const words of [[], ['serve'], ['check', 'a', 'b'], ['check', '--fast'], ['constructor']]) {
    t.match(await run(words), { code: 2, stderr: /sluice check \[dir\]/ }, words.join(' '))
  }
  t.match(await run(['--help']), { code: 0, stdout: /sluice start \[dir\]/ })
})

t.test('a port that is taken is one clear line', async (t) => {
  const backend = await startBackend(t)
  const dir = t.testdir()
  const taken = new URL(backend.url).port
  writeFiles(dir, { 'routes/gateway.yaml': config('http://127.0.0.1:9')['routes/gateway.yaml'].replace('port: 0 }', `port: ${taken} }`) })
  const { code, stderr } = await run(['start', dir])
  t.equal(code, 1)
  t.match(stderr, new RegExp(`^sluice: 127\\.0\\.0\\.1:${taken} is taken; [^\\n]+\\n$`))
})

t.test('SIGHUP reloads, SIGTERM drains and exits with 0, and the admin listener tells', async (t) => {
  const backend = await startBackend(t)
  const dir = t.testdir()
  writeFiles(dir, config(backend.url))
  const { child, url, admin, next } = await started(t, dir)
  const get = async (address: string) => {
    const { statusCode, body } = await request(address)
    return { status: statusCode, text: await body.text() }
  }
  t.equal((await get(`${url}/a`)).status, 200)
  t.match(await get(`${admin}/healthz`), { status: 200 })
  t.match(await get(`${admin}/readyz`), { status: 200, text: /ready/ })
  t.match((await get(`${admin}/metrics`)).text, /sluice_exchanges_total\{route="a",status="200"\} 1/)
  t.match(await get(`${admin}/none`), { status: 404, text: /ROUTE_NOT_FOUND/ })

  writeFiles(dir, config(backend.url, '/second'))
  child.kill('SIGHUP')
  await next('the new config is serving')
  await get(`${url}/a`)
  t.equal(backend.seen.at(-1)?.url, '/second')

  writeFiles(dir, { 'routes/gateway.yaml': 'listeners: [' })
  child.kill('SIGHUP')
  t.match(await next('the new config was refused; the old one keeps serving'), { problems: [/routes\/gateway\.yaml:\d+:\d+/] })
  t.equal((await get(`${url}/a`)).status, 200)

  child.kill('SIGTERM')
  const [code] = (await once(child, 'exit')) as [number | null]
  t.equal(code, 0)
})
