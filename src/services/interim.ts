import type { Socket } from 'node:net'

const start = Buffer.from('HTTP/1.1 100')
const blank = Buffer.from('\r\n\r\n')
/** Longest head of an interim answer, in bytes; what is longer is left to the parser to refuse. */
const longest = 8192

/**
 * Takes "100 Continue" off what a socket reads before an answer. A service may send it unasked (RFC 9110 section
 * 15.2 has clients parse it all the same), but undici's parser gives up the connection. Only whole reads at the start
 * of an answer are looked at, so a body costs nothing.
 */
export function dropContinue(socket: Socket, line: { socket: Socket | null; awaiting: boolean }): void {
  const read = socket.read.bind(socket)
  let held: Buffer | null = null
  socket.read = (size?: number): Buffer | null => {
    const chunk = read(size) as Buffer | null
    // A socket that switched protocols is no longer the line's.
    if (chunk === null || line.socket !== socket || !line.awaiting) return chunk
    const { rest, partial } = skip(held === null ? chunk : Buffer.concat([held, chunk]))
    held = partial ? rest : null
    if (partial) return null
    line.awaiting = false
    return rest
  }
}

/** What follows the 100s at the start; `partial` while that can't be told yet. */
function skip(bytes: Buffer): { rest: Buffer; partial: boolean } {
  let rest = bytes
  for (;;) {
    const seen = Math.min(rest.length, start.length)
    if (rest.compare(start, 0, seen, 0, seen) !== 0) return { rest, partial: false }
    const end = rest.indexOf(blank)
    if (end === -1) return { rest, partial: rest.length < longest }
    rest = rest.subarray(end + blank.length)
  }
}
