import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import type { Test } from 'tap'
import { readFrameHeader } from '../../src/websocket/frame-header.ts'

/** One end of a connection, byte by byte. */
export class Peer {
  readonly socket: Socket
  /** Resolves when nothing more can come. */
  readonly gone: Promise<unknown>
  #got = Buffer.alloc(0)
  #ended = false
  #wake: () => void = () => undefined

  constructor(socket: Socket) {
    this.socket = socket
    this.gone = new Promise((resolve) => socket.once('end', resolve).once('close', resolve))
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => {
      this.#got = Buffer.concat([this.#got, chunk])
      this.#wake()
    })
    socket.once('end', () => socket.end())
    for (const event of ['end', 'close']) {
      socket.once(event, () => {
        this.#ended = true
        this.#wake()
      })
    }
  }

  /** What has come and was not taken. */
  get waiting(): number {
    return this.#got.length
  }

  /** Takes `count` bytes when they have come; fewer where the connection ended. */
  async take(count: number): Promise<Buffer> {
    while (this.#got.length < count && !this.#ended) await new Promise<void>((resolve) => (this.#wake = resolve))
    const taken = this.#got.subarray(0, count)
    this.#got = this.#got.subarray(count)
    return taken
  }

  /** The text up to and with the blank line of an HTTP head. */
  async head(): Promise<string> {
    let text = ''
    while (!text.endsWith('\r\n\r\n')) {
      const byte = await this.take(1)
      if (byte.length === 0) return text
      text += byte.toString('latin1')
    }
    return text
  }

  /** The next frame, unmasked; undefined where the connection ended. */
  async frame(): Promise<{ opcode: number; final: boolean; payload: Buffer } | undefined> {
    let head = await this.take(2)
    for (;;) {
      const parts = readFrameHeader(head, 0)
      if (parts === undefined) {
        const more = await this.take(1)
        if (more.length === 0) return undefined
        head = Buffer.concat([head, more])
        continue
      }
      const mask = parts.masked ? head.subarray(-4) : Buffer.alloc(4)
      const payload = await this.take(parts.length)
      return { opcode: parts.opcode, final: parts.final, payload: Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))) }
    }
  }

  /** The code and reason of the next frame, which should be a Close frame. */
  async closeFrame(): Promise<{ code: number; reason: string } | undefined> {
    const frame = await this.frame()
    if (frame?.opcode !== 8) return undefined
    return { code: frame.payload.readUInt16BE(0), reason: frame.payload.subarray(2).toString() }
  }
}

export type Answer = (request: IncomingMessage, socket: Socket) => void

export interface WebsocketService {
  url: string
  /** Every handshake and plain request that came. */
  seen: IncomingMessage[]
  /** Connections that were switched, in order. */
  next(): Promise<Peer>
}

export const acceptFor = (request: IncomingMessage) =>
  createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')

/** Writes a 101 as it should be, with these further lines. */
export function accept(request: IncomingMessage, socket: Socket, lines: readonly string[] = []): void {
  const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${acceptFor(request)}`, ...lines]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
}

/** A service that switches protocols, and leaves the talking to the test. */
export async function startService(t: Test, answer: Answer = accept): Promise<WebsocketService> {
  const seen: IncomingMessage[] = []
  const peers: Peer[] = []
  let arrived: () => void = () => undefined
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    seen.push(request)
    response.end('plain')
  })
  server.on('upgrade', (request: IncomingMessage) => {
    const { socket } = request
    seen.push(request)
    peers.push(new Peer(socket))
    answer(request, socket)
    arrived()
  })
  server.on('connection', (socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const next = async () => {
    while (peers.length === 0) await new Promise<void>((resolve) => (arrived = resolve))
    return peers.shift() as Peer
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, next }
}

export const key = 'dGhlIHNhbXBsZSBub25jZQ=='

/** The handshake of a client, with headers added or (undefined) left out. */
export function handshake(host: string, path: string, headers: Record<string, string | undefined> = {}): string {
  const fields: Record<string, string | undefined> = {
    Host: host, Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': key, ...headers,
  }
  const lines = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]))
  return `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
}

/** Sends a handshake, and perhaps more at once; the answer is not awaited. */
export function shake(t: Test, url: string, path: string, headers: Record<string, string | undefined> = {}, more = ''): Peer {
  const { hostname, port, host } = new URL(url)
  const socket = connect(Number(port), hostname)
  t.teardown(() => socket.destroy())
  socket.write(handshake(host, path, headers) + more)
  return new Peer(socket)
}
