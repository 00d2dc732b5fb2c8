import type { Socket } from 'node:net'

/** How an interim answer begins; of 1xx only 101 is final (RFC 9110 section 15.2.2). */
const start = 'HTTP/1.1 1'
const proceed = /^HTTP\/1\.1 100(?: [^\r\n]*)?\r\n(?:[^\r\n]+\r\n)*\r\n$/
const blank = Buffer.from('\r\n\r\n')
/** Longest head of an interim answer, in bytes; what is longer is left to the parser. */
const longest = 16_384

/**
 * Takes "100 Continue" off what a socket reads before a final answer. A service may send it unasked, among other
 * interim answers (RFC 9110 section 15.2 has clients parse them all), but undici's parser gives up the connection.
 * Nothing is looked at once the final answer has begun, so a body costs nothing.
 */
export function dropContinue(socket: Socket, line: { socket: Socket | null; awaiting: boolean }): void {
  const read = socket.read.bind(socket)
  let held: Buffer = Buffer.alloc(0)
  socket.read = (size?: number): Buffer | null => {
    const chunk = read(size) as Buffer | null
    // A socket that switched protocols is no longer the line's.
    if (chunk === null || line.socket !== socket || !line.awaiting) return chunk
    const sorted = sort(held.length === 0 ? chunk : Buffer.concat([held, chunk]))
    held = sorted.held
    line.awaiting = !sorted.final
    return sorted.passed.length === 0 ? null : sorted.passed
  }
}

/** What the parser may have of the bytes before a final answer, and what is held until more of it is known. */
function sort(bytes: Buffer): { passed: Buffer; held: Buffer; final: boolean } {
  const passed: Buffer[] = []
  let rest = bytes
  while (isInterim(rest)) {
    const end = rest.indexOf(blank)
    if (end === -1 && rest.length < longest) return { passed: Buffer.concat(passed), held: rest, final: false }
    if (end === -1) break
    const head = rest.subarray(0, end + blank.length)
    if (!proceed.test(head.toString('latin1'))) passed.push(head)
    rest = rest.subarray(head.length)
  }
  return { passed: passed.length === 0 ? rest : Buffer.concat([...passed, rest]), held: Buffer.alloc(0), final: true }
}

/** Whether bytes begin an interim answer, as far as they go. */
function isInterim(bytes: Buffer): boolean {
  const begin = bytes.toString('latin1', 0, start.length + 2)
  return begin.slice(0, start.length) === start.slice(0, begin.length) && begin !== `${start}01`
}
