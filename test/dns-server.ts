import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import ipaddr from 'ipaddr.js'
import type { Place } from './gateway.ts'

const types = { A: 1, AAAA: 28, SRV: 33 }
const codes = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3 }

type RecordType = keyof typeof types

export interface SrvData {
  priority: number
  weight: number
  port: number
  name: string
}

/** Records (addresses, or SRV data) with their TTL in seconds; or how nothing is answered. */
export type Reply = { ttl: number; records: readonly (string | SrvData)[] } | 'SERVFAIL' | 'silence'

export interface DnsServer {
  /** For `resolvers`. */
  address: string
  /** Questions that came, as in `A orders.test`. */
  asked: string[]
  /** Says what is answered from now on, by question; a name of which nothing is said is NXDOMAIN. */
  say(replies: Record<string, Reply>): void
  /** Resolves when a question comes. */
  when(question: string): Promise<void>
}

/** A DNS server (RFC 1035) over UDP that knows what the test says. */
export async function startDns(t: Place, said: Record<string, Reply> = {}): Promise<DnsServer> {
  let replies = said
  const asked: string[] = []
  let waiting: { question: string; resolve: () => void }[] = []
  const socket = createSocket('udp4')
  socket.on('message', (query: Buffer, { port, address }: RemoteInfo) => {
    const { text, bytes } = readQuestion(query)
    asked.push(text)
    const [now, later] = [waiting.filter(({ question }) => question === text), waiting.filter(({ question }) => question !== text)]
    waiting = later
    const reply = replies[text] ?? nothing(text, replies)
    if (reply !== 'silence') socket.send(write(query, bytes, text, reply), port, address)
    for (const { resolve } of now) resolve()
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.teardown(() => socket.close())
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    say: (next) => void (replies = next),
    when: (question) => new Promise((resolve) => waiting.push({ question, resolve })),
  }
}

/** A name of which something else is known has no such record; any other is none. */
function nothing(text: string, replies: Record<string, Reply>): Reply | 'NXDOMAIN' {
  const [, name] = text.split(' ')
  const known = Object.keys(replies).some((other) => other.split(' ')[1] === name)
  return known ? { ttl: 0, records: [] } : 'NXDOMAIN'
}

/** A message's only question: its text, and the bytes that answers repeat. */
function readQuestion(query: Buffer): { text: string; bytes: Buffer } {
  const labels: string[] = []
  let at = 12
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  const code = query.readUInt16BE(at + 1)
  const type = Object.entries(types).find(([, value]) => value === code)?.[0] ?? String(code)
  return { text: `${type} ${labels.join('.')}`, bytes: query.subarray(12, at + 5) }
}

function write(query: Buffer, question: Buffer, text: string, reply: Exclude<Reply, 'silence'> | 'NXDOMAIN'): Buffer {
  const records = typeof reply === 'string' ? [] : reply.records
  const code = typeof reply === 'string' ? codes[reply] : codes.NOERROR
  const ttl = typeof reply === 'string' ? 0 : reply.ttl
  // An answer, with recursion asked for and given; one question, so many answers, and nothing else.
  const head = [query.readUInt16BE(0), 0x8180 | code, 1, records.length, 0, 0]
  const type = text.split(' ')[0] as RecordType
  return Buffer.concat([words(...head), question, ...records.map((record) => writeRecord(types[type], ttl, record))])
}

function writeRecord(type: number, ttl: number, record: string | SrvData): Buffer {
  const data = typeof record === 'string' ? Buffer.from(ipaddr.parse(record).toByteArray()) : writeSrv(record)
  // Its name is the question's, which stands at offset 12; its class is IN.
  return Buffer.concat([words(0xc00c, type, 1, ttl >>> 16, ttl & 0xffff, data.length), data])
}

function writeSrv({ priority, weight, port, name }: SrvData): Buffer {
  const labels = name.split('.').filter((label) => label !== '').map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, 'latin1'))
  return Buffer.concat([words(priority, weight, port), ...labels, Buffer.from([0])])
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length)
  values.forEach((value, index) => bytes.writeUInt16BE(value, 2 * index))
  return bytes
}
