import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { SluiceError, toProblem, type ErrorCode } from './errors.ts'
import type { Gateway } from './gateway.ts'
import type { Runtime } from './runtime.ts'

/** Longest that a client may take to send its headers, in ms. */
const headersTimeout = 10_000
/** How long an idle connection is kept, in ms; longer than usual load balancers do, so that they close first. */
const keepAliveTimeout = 72_000
/** Largest request head, in bytes. */
const maxHeaderSize = 16_384

interface Listener {
  readonly server: HttpServer
  readonly host: string
  readonly port: number
}

/** Owns the sockets and the current gateway: a swap changes who answers, and no connection notices. */
export class Server {
  readonly #runtime: Runtime
  readonly #listeners = new Map<string, Listener>()
  readonly #retiring = new Set<Promise<void>>()
  #gateway: Gateway | undefined
  #draining = false

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  get gateway(): Gateway | undefined {
    return this.#gateway
  }

  /** Whether requests can be taken. */
  get ready(): boolean {
    return this.#gateway !== undefined && !this.#draining
  }

  /** Where each listener really is, by name. */
  get addresses(): Record<string, string> {
    return Object.fromEntries([...this.#listeners].map(([name, { server }]) => [name, urlOf(server)]))
  }

  /**
   * Makes `next` the current gateway. Listeners that it adds are opened first, so that a port that is taken leaves
   * everything as it was (and throws); the old gateway ends its exchanges and is closed.
   */
  async swap(next: Gateway): Promise<void> {
    await this.#openNew(next)
    const old = this.#gateway
    this.#gateway = next
    this.#closeMissing(next)
    if (old !== undefined) this.#retire(old)
  }

  /** Takes no new connections, ends what is under way within the drain limit, and closes everything. */
  async drain(): Promise<void> {
    this.#draining = true
    const closed = [...this.#listeners.values()].map(({ server }) => closeServer(server))
    if (this.#gateway !== undefined) this.#retire(this.#gateway)
    await Promise.all(this.#retiring)
    for (const { server } of this.#listeners.values()) server.closeAllConnections()
    await Promise.all(closed)
  }

  async #openNew({ config }: Gateway): Promise<void> {
    const opened: [string, Listener][] = []
    try {
      for (const [name, { host, port }] of Object.entries(config.listeners)) {
        const known = this.#listeners.get(name)
        if (known?.host === host && known.port === port) continue
        opened.push([name, { server: await this.#listen(host, port), host, port }])
      }
    } catch (thrown) {
      for (const [, { server }] of opened) void closeServer(server)
      throw thrown
    }
    for (const [name, listener] of opened) {
      const replaced = this.#listeners.get(name)
      if (replaced !== undefined) void closeServer(replaced.server)
      this.#listeners.set(name, listener)
    }
  }

  #closeMissing({ config }: Gateway): void {
    for (const [name, { server }] of this.#listeners) {
      if (name in config.listeners) continue
      this.#listeners.delete(name)
      void closeServer(server)
    }
  }

  #listen(host: string, port: number): Promise<HttpServer> {
    const server = createServer({ headersTimeout, requestTimeout: 0, keepAliveTimeout, maxHeaderSize, requireHostHeader: false })
    server.on('request', (request, response) => this.#take(request, response))
    // Node would say "100 Continue" before any policy has seen the request.
    server.on('checkContinue', (request, response) => this.#take(request, response))
    server.on('clientError', refuse)
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, () => resolve(server))
    })
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    if (this.#draining) response.shouldKeepAlive = false
    this.#gateway?.app.routing(request, response)
  }

  #retire(old: Gateway): void {
    const limit = new Promise<void>((resolve) => this.#runtime.clock.after(old.config.drain, resolve))
    const retired = Promise.race([old.idle(), limit])
      .then(() => old.close())
      .finally(() => this.#retiring.delete(retired))
    this.#retiring.add(retired)
  }
}

/** Stops listening and lets idle connections go; resolves when the last connection has ended. */
function closeServer(server: HttpServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}

function urlOf(server: HttpServer): string {
  const { address, family, port } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

const parserErrors: Record<string, [ErrorCode, string]> = {
  HPE_HEADER_OVERFLOW: ['HEADERS_TOO_LARGE', `The request line and headers are larger than ${maxHeaderSize} bytes.`],
  ERR_HTTP_REQUEST_TIMEOUT: ['REQUEST_TIMEOUT', 'The request headers did not arrive in time.'],
}

/** Answers what is not HTTP enough to become an exchange. */
function refuse(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
  const [code, sentence] = parserErrors[error.code ?? ''] ?? ['BAD_REQUEST', 'The request is not well-formed HTTP/1.1.']
  const { status, body } = toProblem(new SluiceError(code, sentence), 'unread')
  const head = `HTTP/1.1 ${status} ${code}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`
  socket.end(head + body.toString())
}
