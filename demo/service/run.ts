import type { FastifyInstance } from 'fastify'

const HOST = '127.0.0.1'
const DRAIN_MS = 1000

export interface Listener {
  name: string
  portVariable: string
  defaultPort: number
  /** What can only be done once the address is known, before the service says that it is ready. */
  prepare?: (address: string) => void
}

/**
 * Listens on loopback, says so in one JSON line on stdout, and closes on SIGTERM or SIGINT.
 * A port that can't be had ends the process with exit code 1 and one line on stderr.
 */
export async function run(app: FastifyInstance, listener: Listener): Promise<void> {
  const port = portOf(listener)
  try {
    const address = await app.listen({ host: HOST, port })
    listener.prepare?.(address)
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void close(app))
    process.stdout.write(`${JSON.stringify({ service: listener.name, listening: address })}\n`)
  } catch (error) {
    fail(`${listener.name}: ${explain(error, listener, port)}`)
  }
}

function portOf({ name, portVariable, defaultPort }: Listener): number {
  const text = process.env[portVariable] ?? String(defaultPort)
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) fail(`${name}: ${portVariable} is no port: ${JSON.stringify(text)}`)
  return port
}

function explain(error: unknown, { portVariable }: Listener, port: number): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') return `port ${port} on ${HOST} is taken; set ${portVariable} to another`
  if (code === 'EACCES') return `port ${port} on ${HOST} is not allowed; set ${portVariable} to another`
  return error instanceof Error ? error.message : String(error)
}

function fail(line: string): never {
  process.stderr.write(`${line}\n`)
  process.exit(1)
}

/** Answers what is under way, but waits for no client that keeps its connection busy. */
async function close(app: FastifyInstance): Promise<void> {
  setTimeout(() => app.server.closeAllConnections(), DRAIN_MS).unref()
  await app.close()
  process.exit(0)
}
