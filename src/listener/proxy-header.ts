import { isIPv4, isIPv6 } from 'node:net'

/** Whose connection a load balancer passes on. */
export interface Origin {
  readonly address: string
  readonly port: number
}

/**
 * A header of the PROXY protocol, version 1 or 2: how many bytes it takes, and whose connection it is; null where it
 * is the load balancer's own.
 */
export interface ProxyHeader {
  readonly length: number
  readonly origin: Origin | null
}

/** Longest header of version 1, as its specification says. */
const longestLine = 107
/** Longest header of version 2 that is read; what follows the addresses in it means nothing to us. */
const longestBinary = 4096
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const word = Buffer.from('PROXY ', 'latin1')

/** Reads the header at the beginning of a connection: `more` where its end isn't here yet, null where it is none. */
export function parseProxyHeader(bytes: Buffer): ProxyHeader | 'more' | null {
  if (begins(bytes, word)) return parseLine(bytes)
  return begins(bytes, signature) ? parseBinary(bytes) : null
}

function begins(bytes: Buffer, mark: Buffer): boolean {
  const length = Math.min(bytes.length, mark.length)
  return bytes.compare(mark, 0, length, 0, length) === 0
}

function parseLine(bytes: Buffer): ProxyHeader | 'more' | null {
  const end = bytes.subarray(0, longestLine).indexOf('\r\n')
  if (end === -1) return bytes.length < longestLine ? 'more' : null
  const [, family, source = '', target = '', sourcePort = '', targetPort = '', ...more] = bytes.toString('latin1', 0, end).split(' ')
  const length = end + 2
  if (family === 'UNKNOWN') return { length, origin: null }
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6 : () => false
  const sound = isAddress(source) && isAddress(target) && isPort(sourcePort) && isPort(targetPort) && more.length === 0
  return sound ? { length, origin: { address: source, port: Number(sourcePort) } } : null
}

function isPort(text: string): boolean {
  return /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535
}

function parseBinary(bytes: Buffer): ProxyHeader | 'more' | null {
  if (bytes.length < 16) return 'more'
  const [command, family, size] = [bytes.readUInt8(12), bytes.readUInt8(13), bytes.readUInt16BE(14)]
  const length = 16 + size
  if ((command !== 0x20 && command !== 0x21) || length > longestBinary) return null
  if (bytes.length < length) return 'more'
  // What the load balancer opens on its own, such as for a health check, and what has no address.
  if (command === 0x20 || family === 0x00) return { length, origin: null }
  if (family === 0x11 && size >= 12) return { length, origin: { address: ipv4(bytes, 16), port: bytes.readUInt16BE(24) } }
  if (family === 0x21 && size >= 36) return { length, origin: { address: ipv6(bytes, 16), port: bytes.readUInt16BE(48) } }
  return null
}

function ipv4(bytes: Buffer, at: number): string {
  return [...bytes.subarray(at, at + 4)].join('.')
}

function ipv6(bytes: Buffer, at: number): string {
  return Array.from({ length: 8 }, (_, group) => bytes.readUInt16BE(at + 2 * group).toString(16)).join(':')
}
