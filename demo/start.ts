import { parseArgs } from 'node:util'
import { launchGateway, waitUntilReady } from './gateway.ts'
import { openOutput } from './output.ts'
import { launchService, SERVICES, type Service, type ServiceName } from './process.ts'
import { openSupervisor, type Supervisor } from './supervisor.ts'
import { requestToken } from './token-request.ts'
import { describeProcess, welcome } from './welcome.ts'

const USAGE = 'usage: node demo/start.ts [--services-only] [--verbose]'

interface Words { verbose: boolean, servicesOnly: boolean }
type Services = Record<ServiceName, Service>

const words = readWords(process.argv.slice(2))
const supervisor = openSupervisor()
try {
  const services = await startServices(supervisor, words)
  if (!words.servicesOnly) await startGateway(supervisor, services, words)
} catch (error) {
  supervisor.end(1, error instanceof Error ? error.message : String(error))
}

function readWords(args: string[]): Words {
  try {
    const { values } = parseArgs({
      args,
      options: { 'services-only': { type: 'boolean', default: false }, verbose: { type: 'boolean', default: false } },
    })
    return { verbose: values.verbose, servicesOnly: values['services-only'] }
  } catch (error) {
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`)
    process.exit(2)
  }
}

async function startServices(supervisor: Supervisor, words: Words): Promise<Services> {
  const [identity, users, catalog, orders] = await Promise.all([
    startOne(supervisor, 'identity', words),
    startOne(supervisor, 'users', words),
    startOne(supervisor, 'catalog', words),
    startOne(supervisor, 'orders', words),
  ])
  return { identity, users, catalog, orders }
}

async function startOne(supervisor: Supervisor, name: ServiceName, { verbose }: Words): Promise<Service> {
  const { portVariable, defaultPort } = SERVICES[name]
  const env = { [portVariable]: process.env[portVariable] ?? defaultPort }
  const output = openOutput(name, verbose)
  const starting = launchService(name, env, output)
  let ready = false
  supervisor.watch(name, starting, () => !ready && output.hasComplained())
  const service = await starting.ready
  ready = true
  process.stdout.write(describeProcess(name, service.url, service.pid))
  return service
}

async function startGateway(supervisor: Supervisor, services: Services, { verbose }: Words): Promise<void> {
  const { PORT: port = '8080', ADMIN_PORT: adminPort = '8081' } = process.env
  const issuer = process.env['ISSUER'] ?? services.identity.url
  const token = await requestToken({ issuer: services.identity.url, user: '42' })
  if (supervisor.isEnding()) return
  const output = openOutput('gateway', verbose)
  const gateway = launchGateway({
    PORT: port,
    ADMIN_PORT: adminPort,
    ISSUER: issuer,
    USERS_URL: services.users.url,
    CATALOG_URL: services.catalog.url,
    ORDERS_URL: services.orders.url,
    DEMO_TOKEN: token,
  }, output)
  let ready = false
  supervisor.watch('gateway', gateway, () => !ready && output.hasComplained())
  const over = new AbortController()
  void gateway.ended.then(() => over.abort())
  await waitUntilReady(`http://127.0.0.1:${adminPort}/readyz`, over.signal)
  ready = true
  const address = `http://127.0.0.1:${port}`
  process.stdout.write(describeProcess('gateway', address, gateway.pid) + welcome(address, token))
}
