import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Test } from 'tap'
import { startGateway, type Running } from '../gateway.ts'

/** A service of plain sockets that does as it is told with each whole request, which it knows by its head. */
export async function startWire(t: Test, onRequest: (socket: Socket, head: string, index: number) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    let index = 0
    let bytes = ''
    socket.on('data', (chunk) => {
      bytes += chunk.toString('latin1')
      for (let end = bytes.indexOf('\r\n\r\n'); end !== -1; end = bytes.indexOf('\r\n\r\n')) {
        const head = bytes.slice(0, end)
        const whole = end + 4 + Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)
        if (bytes.length < whole) return
        bytes = bytes.slice(whole)
        if (/^[A-Z]+ \/.* HTTP\/1\.1/.test(head)) onRequest(socket, head, index++)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A gateway that sends everything to one service, over as few connections as are asked for. */
export function startBefore(t: Test, target: string, connections = 8, more = ''): Promise<Running> {
  return startGateway(t, {
    'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0 } }
services:
  s:
    targets: [{ url: "${target}" }]
    connections: ${connections}
    timeout: { attempt: 20s, total: 20s, idle: 20s }
    breaker: { mode: shadow }
    outlier: { failures: 0 }
routes:
  all: { match: { path: /* }, size: { body: 2GiB }, to: { service: s } }${more}
`,
  })
}

/** What a client gets: all bytes, and whether the connection ended in order. */
export interface Received {
  bytes: string
  reset: boolean
}

export function dial(url: string): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  return socket
}

/** Sends bytes on a connection of their own and waits for its end. */
export function receive(url: string, bytes: string): Promise<Received> {
  return new Promise((resolve) => {
    const socket = dial(url)
    let received = ''
    socket.on('data', (chunk) => (received += chunk.toString('latin1')))
    socket.on('close', (reset) => resolve({ bytes: received, reset }))
    socket.write(bytes, 'latin1')
  })
}

/** Collects what a socket reads; `until` resolves with all of it once it fits. */
export function reader(socket: Socket): { until(fits: RegExp): Promise<string> } {
  let all = ''
  let look: () => void = () => undefined
  socket.on('data', (chunk) => {
    all += chunk.toString('latin1')
    look()
  })
  return {
    until: (fits) => new Promise((resolve, reject) => {
      look = () => {
        if (fits.test(all)) resolve(all)
      }
      socket.once('close', () => reject(new Error(`closed after ${JSON.stringify(all)}`)))
      look()
    }),
  }
}

export const get = (path: string, version = '1.1', fields = '') => `GET ${path} HTTP/${version}\r\nHost: a\r\n${fields}Connection: close\r\n\r\n`
