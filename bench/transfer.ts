import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { Pool, type Dispatcher } from 'undici'

/**
 * What no gateway of Node's HTTP server and undici can do without: a request is sent on, and its answer sent back. It
 * decides, checks, counts and times nothing, and would not survive a service that fails. The answer goes out in one
 * piece, which is the cheapest way there is.
 */
class Transfer implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse
  #body = ''

  constructor(response: ServerResponse) {
    this.#response = response
  }

  onRequestStart(): void {}

  onResponseStart(_controller: unknown, status: number, headers: IncomingHttpHeaders): void {
    delete headers.connection
    this.#response.writeHead(status, headers)
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#body += chunk.toString('latin1')
  }

  onResponseEnd(): void {
    this.#response.end(this.#body, 'latin1')
  }

  onResponseError(): void {
    this.#response.destroy()
  }
}

const { target, port } = JSON.parse(process.argv[2] ?? '') as { target: string, port: number }
const pool = new Pool(target, { connections: 256, headersTimeout: 0, bodyTimeout: 0, allowH2: false })

createServer(({ url: path = '/', headers }, response) => {
  delete headers.host
  delete headers.connection
  pool.dispatch({ path, method: 'GET', headers }, new Transfer(response))
}).listen(port, '127.0.0.1')
