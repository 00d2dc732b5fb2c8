import { setFlagsFromString } from 'node:v8'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { adminRoutes } from './admin/routes.ts'
import type { Config } from './config/config.ts'
import { formatProblem } from './config/load.ts'
import { provision, readBlueprint } from './provision.ts'
import { Reloader } from './reload.ts'
import { openRuntime, type Runtime } from './runtime.ts'
import { Server } from './server.ts'

/** Log lines that may wait to be written, in bytes; more are dropped. They are written together, while requests go on. */
const mostUnwritten = 16 * 1024 * 1024

/** Serves a folder until a signal ends it. Gives the exit code: 0 after a drain, 1 where it could not start. */
export async function start(dir: string, env: Runtime['env']): Promise<number> {
  keepYoungObjectsYoung()
  const log = pino(pino.destination({ sync: false, maxLength: mostUnwritten }))
  // Whatever code left a promise behind, the other exchanges have no part in it.
  process.on('unhandledRejection', (err) => log.error({ err }, 'a promise failed that nobody awaited'))
  const runtime = openRuntime(log, env)
  runtime.metrics.collectProcess()
  const checked = await readBlueprint(dir, runtime.env)
  if ('problems' in checked) {
    for (const problem of checked.problems) console.error(formatProblem(problem))
    return 1
  }
  const server = new Server(runtime)
  const gateway = await provision(checked.blueprint, runtime)
  let admin: FastifyInstance | undefined
  try {
    admin = await openAdmin(checked.blueprint.config, server, runtime)
    await server.swap(gateway)
  } catch (thrown) {
    console.error(`sluice: ${sentenceOf(thrown)}`)
    await Promise.all([gateway.close(), admin?.close()])
    return 1
  }
  log.info({ listeners: server.addresses, admin: admin?.listeningOrigin }, 'serving')
  await untilEnded(new Reloader(dir, server, runtime), server, runtime)
  await admin?.close()
  return 0
}

/**
 * V8 makes objects as old ones from where many of them outlived a collection, as those of requests in flight do. All
 * that such an object refers to then lives until the whole heap is collected, dead or not: most of what exchanges
 * use was copied twice, in pauses of 20 ms instead of 1, which took half of the process's time.
 */
function keepYoungObjectsYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
}

/** A reload can change the token, not where the admin listener is. */
async function openAdmin(config: Config, server: Server, runtime: Runtime): Promise<FastifyInstance | undefined> {
  const { admin } = config
  if (admin === null) return undefined
  const app = await adminRoutes(server, runtime, () => (server.gateway?.config ?? config).admin?.token)
  await app.listen({ host: admin.host, port: admin.port })
  return app
}

/** Reloads on SIGHUP; drains on the first SIGTERM or SIGINT, and leaves at once on the second. */
function untilEnded(reloader: Reloader, server: Server, { log }: Runtime): Promise<void> {
  return new Promise((resolve, reject) => {
    process.on('SIGHUP', () => void reloader.reload())
    let ending = false
    const end = (signal: NodeJS.Signals) => {
      if (ending) process.exit(1)
      ending = true
      log.info({ signal }, 'draining')
      server.drain().then(resolve, reject)
    }
    process.on('SIGTERM', end)
    process.on('SIGINT', end)
  })
}

function sentenceOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  const { code, address, port } = thrown as NodeJS.ErrnoException & { address?: string; port?: number }
  if (code === 'EADDRINUSE') return `${address}:${port} is taken; set another port in routes/, or in the variable that it reads`
  if (code === 'EACCES') return `${address}:${port} may not be opened by this user; choose a port above 1023`
  return thrown.message
}
