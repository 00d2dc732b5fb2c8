import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Agent, request } from 'undici'
import t from 'tap'
import { freePorts } from './free-port.ts'
import { writeFiles } from './gateway.ts'

const bin = fileURLToPath(new URL('../bin/sluice.js', import.meta.url))

t.test('each answer has its log line when the process has ended, however late its reader reads', async (t) => {
  const [port = 0] = await freePorts(1)
  const dir = t.testdir()
  writeFiles(dir, {
    'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: ${port} } }
routes: { all: { match: { path: /* }, auth: none, respond: { body: fine } } }
`,
  })
  const child = spawn(process.execPath, [bin, 'start', dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  let log = ''
  child.stdout.on('data', (chunk: Buffer) => (log += chunk.toString()))
  while (!log.includes('serving')) await once(child.stdout, 'data')
  child.stdout.pause()

  // Far more than the pipe holds.
  const asked = Array.from({ length: 3000 }, (_, index) => `/${index}/${'x'.repeat(100)}`)
  const agent = new Agent({ connections: 16 })
  t.teardown(() => agent.destroy())
  const statuses = await Promise.all(asked.map(async (path) => {
    const { statusCode, body } = await request(`http://127.0.0.1:${port}${path}`, { dispatcher: agent })
    await body.dump()
    return statusCode
  }))
  t.strictSame(new Set(statuses), new Set([200]))

  child.stdout.resume()
  child.kill('SIGTERM')
  await once(child, 'close')
  t.equal(asked.filter((path) => !log.includes(`"${path}"`)).length, 0)
  t.match(log, /"msg":"draining"/)
})
