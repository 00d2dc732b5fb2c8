import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { freePorts } from './free-port.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const blocks = [...readme.matchAll(/^```sh\n([^]*?)^```/gm)].map(([, text = '']) => text.trim())

async function shell(command: string, env: NodeJS.ProcessEnv): Promise<{ code: number | null; output: string }> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', command], { cwd: root, env })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output }
}

/** Collects what a process says until it says `last`. */
async function until(child: ChildProcess, last: string): Promise<string> {
  let output = ''
  for await (const chunk of child.stdout ?? []) {
    output += String(chunk)
    if (output.includes(last)) return output
  }
  throw new Error(`the process ended before it said "${last}": ${output}`)
}

/** `npm start` as the README has it, on free ports. */
async function startDemo(t: Test) {
  const [port, admin] = await freePorts(2)
  const env = {
    ...process.env, PORT: String(port), ADMIN_PORT: String(admin),
    IDENTITY_PORT: '0', USERS_PORT: '0', CATALOG_PORT: '0', ORDERS_PORT: '0',
  }
  const child = spawn('npm', ['start'], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  t.teardown(async () => {
    const over = once(child, 'close')
    if (child.exitCode === null) process.kill(-(child.pid ?? 0), 'SIGTERM')
    await over
  })
  const said = await until(child, 'Ctrl-C')
  child.stdout.resume()
  const issuer = /^identity +(\S+)/m.exec(said)?.[1]
  return { said, env: { ...env, ISSUER: issuer }, local: (command: string) => command.replaceAll('127.0.0.1:8080', `127.0.0.1:${port}`) }
}

t.test('every command of the README is one that this test runs', async (t) => {
  const known = [/^npm ci && npm start$/, /^npm test$/, /^TOKEN=\$\(npm run --silent token [^]*curl [^]*curl /, /^npx sluice check$/, /^npx sluice plan /]
  for (const block of blocks) t.ok(known.some((pattern) => pattern.test(block)), block)
  t.equal(blocks.length, known.length)
})

t.test('npm start prints commands that work as pasted', async (t) => {
  const { said, env, local } = await startDemo(t)
  const commands = said.match(/^curl (?:.*\\\n)*.*$/gm) ?? []
  t.equal(commands.length, 2)
  const [rest, graphql] = await Promise.all(commands.map((command) => shell(`${command} -s --fail-with-body`, env)))
  t.equal(rest?.code, 0)
  t.ok(JSON.parse(rest?.output ?? '').length > 0)
  t.match(JSON.parse(graphql?.output ?? ''), { data: { me: { name: String, orders: { length: 3 } } } })

  const pasted = blocks.find((block) => block.startsWith('TOKEN=')) ?? ''
  const { code, output } = await shell(local(pasted), env)
  t.equal(code, 0)
  t.match(output, /^\[\{"id":\d+,"customer_id":42/)
  t.match(output, /\{"data":\{"me":\{"name":"[^"]+","orders":\[/)
})

t.test('npx sluice plan says what a query calls', async (t) => {
  const answer = await shell('npx sluice plan demo/queries/my-orders.graphql', process.env)
  t.match(answer, { code: 0, output: /query MyOrders: at most 7 calls[^]*GET \/products/ })
})

t.test('npx sluice check finds the shop sound', async (t) => {
  t.match(await shell('npx sluice check', process.env), { code: 0, output: /sound/ })
})

t.test('the route and the schema that the README shows are those of the shop', async (t) => {
  for (const [, language, text = ''] of readme.matchAll(/^```(yaml|graphql)\n([^]*?)^```/gm)) {
    const path = language === 'yaml' ? 'routes/orders.yaml' : 'schema/orders.graphql'
    if (text.startsWith('{')) continue
    t.ok(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8').includes(text.trim()), `${path} has what the README shows`)
  }
})
