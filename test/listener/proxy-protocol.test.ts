import fc from 'fast-check'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import t, { type Test } from 'tap'
import { parseProxyHeader } from '../../src/listener/proxy-header.ts'
import { startBackend } from '../backend.ts'
import { problemsOf } from '../config/folder.ts'
import { startGateway } from '../gateway.ts'
import { authorities, certificates, pair } from './tls.ts'

const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')

function binary(command: number, family: number, body: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt8(command, 0)
  head.writeUInt8(family, 1)
  head.writeUInt16BE(body.length, 2)
  return Buffer.concat([signature, head, body])
}

const ipv4 = Buffer.from([192, 0, 2, 7, 127, 0, 0, 1, 0x1f, 0x90, 0, 80])
const ipv6 = Buffer.concat([Buffer.from('20010db8000000000000000000000007', 'hex'), Buffer.alloc(15), Buffer.from([1, 0x1f, 0x90, 0, 80])])
const more = Buffer.from([0x04, 0, 3, 1, 2, 3])

const sound: [string, Buffer, string | null][] = [
  ['version 1, IPv4', Buffer.from('PROXY TCP4 192.0.2.7 127.0.0.1 8080 80\r\n'), '192.0.2.7'],
  ['version 1, IPv6', Buffer.from('PROXY TCP6 2001:db8::7 ::1 8080 80\r\n'), '2001:db8::7'],
  ['version 1, unknown', Buffer.from('PROXY UNKNOWN\r\n'), null],
  ['version 1, unknown with more', Buffer.from('PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n'), null],
  ['version 2, IPv4', binary(0x21, 0x11, ipv4), '192.0.2.7'],
  ['version 2, IPv6', binary(0x21, 0x21, ipv6), '2001:db8:0:0:0:0:0:7'],
  ['version 2, with more', binary(0x21, 0x11, Buffer.concat([ipv4, more])), '192.0.2.7'],
  ['version 2, a health check', binary(0x20, 0x00, Buffer.alloc(0)), null],
  ['version 2, no address', binary(0x21, 0x00, Buffer.alloc(0)), null],
]

const broken: [string, Buffer][] = [
  ['no header', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')],
  ['another case', Buffer.from('proxy TCP4 192.0.2.7 127.0.0.1 8080 80\r\n')],
  ['another family', Buffer.from('PROXY UDP4 192.0.2.7 127.0.0.1 8080 80\r\n')],
  ['an address of the other family', Buffer.from('PROXY TCP4 ::1 ::1 8080 80\r\n')],
  ['no address', Buffer.from('PROXY TCP4 192.0.2 127.0.0.1 8080 80\r\n')],
  ['a port that is none', Buffer.from('PROXY TCP4 192.0.2.7 127.0.0.1 80800 80\r\n')],
  ['a port with a zero before it', Buffer.from('PROXY TCP4 192.0.2.7 127.0.0.1 080 80\r\n')],
  ['two spaces', Buffer.from('PROXY  TCP4 192.0.2.7 127.0.0.1 8080 80\r\n')],
  ['too few words', Buffer.from('PROXY TCP4 192.0.2.7\r\n')],
  ['too many words', Buffer.from('PROXY TCP4 192.0.2.7 127.0.0.1 8080 80 1\r\n')],
  ['a line that is too long', Buffer.from(`PROXY UNKNOWN ${'x'.repeat(100)}\r\n`)],
  ['version 3', binary(0x31, 0x11, ipv4)],
  ['an unknown command', binary(0x22, 0x11, ipv4)],
  ['UDP', binary(0x21, 0x12, ipv4)],
  ['too short for its family', binary(0x21, 0x11, ipv4.subarray(0, 11))],
  ['too long', binary(0x21, 0x11, Buffer.alloc(5000))],
]

t.test('headers of both versions are read, however they are cut up', async (t) => {
  const rest = Buffer.from('GET / HTTP/1.1\r\n')
  for (const [name, bytes, address] of sound) {
    const read = parseProxyHeader(Buffer.concat([bytes, rest]))
    t.match(read, { length: bytes.length, origin: address === null ? null : { address, port: 8080 } }, name)
    for (let end = 0; end < bytes.length; end++) if (parseProxyHeader(bytes.subarray(0, end)) !== 'more') t.fail(`${name}, ${end} bytes`)
  }
  for (const [name, bytes] of broken) t.equal(parseProxyHeader(bytes), null, name)
})

t.test('no bytes throw, and a header never takes more than is there', async (t) => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.uint8Array({ maxLength: 200 }).map((tail) => Buffer.concat([signature, tail])),
    fc.string().map((tail) => Buffer.from(`PROXY ${tail}\r\n`)),
  )
  t.doesNotThrow(() => fc.assert(fc.property(bytes, (array) => {
    const read = parseProxyHeader(Buffer.from(array))
    return read === null || read === 'more' || read.length <= array.length
  }), { numRuns: 2000 }))
})

const config = (target: string, listener: string): Record<string, string> => ({
  ...certificates('localhost'),
  'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0, ${listener} } }
services:
  s: { targets: [{ url: "${target}" }] }
routes:
  all: { match: { path: /s/* }, to: { service: s, path: /* } }
`,
})

async function open(t: Test, url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

const textOf = async (socket: Socket) => Buffer.concat((await socket.toArray()) as Buffer[]).toString()

const request = Buffer.from('GET /s/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')

t.test('the client is who the header says, over plain HTTP', async (t) => {
  const backend = await startBackend(t)
  const { url } = await startGateway(t, config(backend.url, 'proxyProtocol: { from: [127.0.0.0/8] }'))
  for (const [name, bytes, address] of sound) {
    const socket = await open(t, url)
    socket.write(bytes.subarray(0, 5))
    socket.write(Buffer.concat([bytes.subarray(5), request]))
    t.match(await textOf(socket), /^HTTP\/1\.1 200 /, name)
    t.equal(backend.seen.at(-1)?.headers['x-forwarded-for'], address?.replace(':0:0:0:0:0:', '::') ?? '127.0.0.1', name)
  }
})

t.test('the client is who the header says, over TLS', async (t) => {
  const backend = await startBackend(t)
  const { url } = await startGateway(t, config(backend.url, `tls: { ${pair('localhost')} }, proxyProtocol: { from: [127.0.0.1] }`))
  const plain = await open(t, url)
  plain.write('PROXY TCP4 192.0.2.7 127.0.0.1 8080 80\r\n')
  const socket = connectTls({ socket: plain, servername: 'localhost', ca: authorities })
  socket.write(request)
  t.match(await textOf(socket), /^HTTP\/1\.1 200 /)
  t.equal(backend.seen.at(-1)?.headers['x-forwarded-for'], '192.0.2.7')
})

t.test('what has no header, or comes from elsewhere, is closed without an answer', async (t) => {
  const backend = await startBackend(t)
  const here = await startGateway(t, config(backend.url, 'proxyProtocol: { from: [127.0.0.1] }, timeouts: { handshake: 200ms }'))
  for (const [name, bytes] of [...broken, ['only a beginning', Buffer.from('PROXY ')] as const]) {
    const socket = await open(t, here.url)
    socket.write(bytes)
    t.equal(await textOf(socket).catch(() => ''), '', name)
  }
  const elsewhere = await startGateway(t, config(backend.url, 'proxyProtocol: { from: [192.0.2.0/24] }'))
  const socket = await open(t, elsewhere.url)
  socket.write(Buffer.concat([sound[0]![1], request]))
  t.equal(await textOf(socket).catch(() => ''), '')
  t.same(backend.seen, [])
})

t.test('where it is off, a header is no HTTP', async (t) => {
  const backend = await startBackend(t)
  const { url } = await startGateway(t, config(backend.url, ''))
  const socket = await open(t, url)
  socket.write(Buffer.concat([sound[0]![1], request]))
  t.match(await textOf(socket), /^HTTP\/1\.1 400 /)
  t.same(backend.seen, [])
})

t.test('senders are addresses and CIDRs', async (t) => {
  t.same(await problemsOf(t, { 'a.yaml': 'listeners: { public: { port: 0, proxyProtocol: { from: [everywhere] } } }\nservices: { s: { targets: [{ url: "http://127.0.0.1:1" }] } }\n' }), [
    'routes/a.yaml:1:57: listeners.public.proxyProtocol.from.0: "everywhere" is not an address or a CIDR such as 10.0.0.0/8',
  ])
})
