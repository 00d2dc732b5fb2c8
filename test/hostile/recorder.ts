import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import type { Place } from '../gateway.ts'

/** One request as it stood on the wire. */
export interface Recorded {
  method: string
  path: string
  /** Lower-case names with their values, in order. */
  fields: [string, string][]
  body: string
}

export interface Recorder {
  url: string
  requests: Recorded[]
  /** Bytes that no strict reader would take for a request. */
  malformed: string[]
}

type Reader = (bytes: string) => { request: Recorded; length: number } | null

class Malformed extends Error {}

/**
 * A service that trusts nobody: it reads bytes by the letter of RFC 9112, with none of the leniency of a usual server,
 * and answers each whole request. What it records is the oracle of what left the gateway.
 */
export async function startRecorder(t: Pick<Place, 'teardown'>, read: Reader = readRequest): Promise<Recorder> {
  const requests: Recorded[] = []
  const malformed: string[] = []
  const server = createServer((socket) => listen(socket, read, requests, malformed))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => void sockets.add(socket))
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, malformed }
}

function listen(socket: Socket, readNext: Reader, requests: Recorded[], malformed: string[]): void {
  let bytes = ''
  socket.on('error', () => undefined)
  socket.on('data', (chunk) => {
    bytes += chunk.toString('latin1')
    try {
      for (let read = readNext(bytes); read !== null; read = readNext(bytes)) {
        bytes = bytes.slice(read.length)
        requests.push(read.request)
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      }
    } catch (thrown) {
      if (!(thrown instanceof Malformed)) throw thrown
      malformed.push(`${thrown.message}: ${JSON.stringify(bytes)}`)
      socket.destroy()
    }
  })
}

/** The first request of `bytes`, or null while it is not whole. Throws `Malformed`. */
export function readRequest(bytes: string): { request: Recorded; length: number } | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return null
  const [line = '', ...lines] = bytes.slice(0, end).split('\r\n')
  const [, method, path] = /^([A-Z-]+) (\/[\x21-\x7e]*) HTTP\/1\.1$/.exec(line) ?? []
  if (method === undefined || path === undefined) throw new Malformed('the request line')
  const fields = lines.map(readField)
  const all = (name: string) => fields.filter(([key]) => key === name).map(([, value]) => value)
  if (all('host').length !== 1) throw new Malformed('not one Host')
  const framing = [...all('content-length'), ...all('transfer-encoding')]
  if (framing.length > 1) throw new Malformed('framed twice')
  const body = all('transfer-encoding').length === 1 ? readChunks(bytes, end + 4, framing[0]) : readCounted(bytes, end + 4, framing[0])
  return body === null ? null : { request: { method, path, fields, body: body.text }, length: body.end }
}

function readField(line: string): [string, string] {
  const [, name, value] = /^([A-Za-z0-9-]+): ([\t\x20-\x7e\x80-\xff]*)$/.exec(line) ?? []
  if (name === undefined || value === undefined) throw new Malformed('a header line')
  return [name.toLowerCase(), value]
}

function readCounted(bytes: string, from: number, length = '0'): { text: string; end: number } | null {
  if (!/^\d{1,15}$/.test(length)) throw new Malformed('the Content-Length')
  const end = from + Number(length)
  return bytes.length < end ? null : { text: bytes.slice(from, end), end }
}

function readChunks(bytes: string, from: number, coding = ''): { text: string; end: number } | null {
  if (coding !== 'chunked') throw new Malformed('the Transfer-Encoding')
  let text = ''
  let at = from
  for (;;) {
    const eol = bytes.indexOf('\r\n', at)
    if (eol === -1) return null
    const size = bytes.slice(at, eol)
    if (!/^[0-9a-f]{1,8}$/i.test(size)) throw new Malformed('a chunk size')
    at = eol + 2
    const length = Number.parseInt(size, 16)
    if (bytes.length < at + length + 2) return null
    if (bytes.slice(at + length, at + length + 2) !== '\r\n') throw new Malformed('the end of a chunk')
    text += bytes.slice(at, at + length)
    at += length + 2
    if (length === 0) return { text, end: at }
  }
}

/** A reader as careless as a bad server: any line end and spacing, the last of several lengths, no chunks, no early end. */
export function readAnything(bytes: string): { request: Recorded; length: number } | null {
  const found = /^(?:\r?\n)*([^]+?)(?:(?:\r?\n){2}|$)/.exec(bytes)
  if (found === null) return null
  const [line = '', ...lines] = (found[1] ?? '').split(/\r?\n|\r/)
  const [method = '', path = ''] = line.trim().split(/\s+/)
  const fields = lines.map((text): [string, string] => {
    const [name = '', ...value] = text.split(':')
    return [name.trim().toLowerCase(), value.join(':').trim()]
  })
  const length = Number.parseInt(fields.findLast(([name]) => name === 'content-length')?.[1] ?? '0')
  const end = Math.min(bytes.length, found[0].length + (length > 0 ? length : 0))
  return { request: { method, path, fields, body: bytes.slice(found[0].length, end) }, length: end }
}
