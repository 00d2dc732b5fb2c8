import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { request } from 'undici'
import t from 'tap'
import { freePorts } from './free-port.ts'
import { writeFiles } from './gateway.ts'

const bin = fileURLToPath(new URL('../bin/sluice.js', import.meta.url))

t.test('a promise that a resolver leaves behind, and that fails, ends nothing', async (t) => {
  const [port = 0] = await freePorts(1)
  const dir = t.testdir()
  const code = new URL('../src/index.ts', import.meta.url).href
  writeFiles(dir, {
    'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: ${port} } }
graphql: { auth: none }
`,
    'schema/all.graphql': 'type Query { left: String @public }',
    'schema/all.ts': `
import { defineResolvers } from '${code}'
export default defineResolvers({ Query: { left: () => { void Promise.reject(new Error('left behind')); return 'here' } } })
`,
  })
  const child = spawn(process.execPath, [bin, 'start', dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  let log = ''
  child.stdout.on('data', (chunk: Buffer) => (log += chunk.toString()))
  while (!log.includes('serving')) await once(child.stdout, 'data')
  const ask = async () => {
    const { body } = await request(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query: '{ left }' }),
    })
    return body.json()
  }
  t.strictSame([await ask(), await ask()], [{ data: { left: 'here' } }, { data: { left: 'here' } }])
  while (!log.includes('left behind')) await once(child.stdout, 'data')
  t.match(log, 'a promise failed that nobody awaited')
})
