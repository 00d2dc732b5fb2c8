import { connect } from 'node:net'
import type { Case } from './case.ts'

/** A last request on a connection, whose answer tells that all before it was answered. */
const closing = 'GET /closing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

export interface Sending {
  /** The client's side ends right behind the bytes. */
  ends?: boolean | undefined
  /** Milliseconds without a byte after which the connection is given up; without, only its end counts. */
  patience?: number | undefined
}

/**
 * Sends bytes and gives all that comes back until the connection is closed. Once something was answered, a last request
 * follows on the same connection: when that is answered, all before it has been.
 */
function exchange(url: string, bytes: string, { ends = false, patience = 0 }: Sending): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    let answer = ''
    let closed = ends
    socket.setTimeout(patience, () => socket.destroy())
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1')
      if (closed || statusesOf(answer).length === 0) return
      closed = true
      socket.write(closing)
    })
    socket.on('close', () => resolve(answer))
    socket.write(Buffer.from(bytes, 'latin1'))
    if (ends) socket.end()
  })
}

/** Of the final answers. */
export function statusesOf(answer: string): number[] {
  return [...answer.matchAll(/HTTP\/1\.1 ([2-9]\d\d) /g)].map(([, status]) => Number(status))
}

/** Each case has paths of its own, so that the service's log says whose request arrived, also where it comes late. */
export function send(url: string, { bytes, ends }: Case, index: number, sending: Sending): Promise<string> {
  const own = bytes.replace('/own', `/c${index}`).replaceAll('/smuggled', `/s${String(index).padStart(7, '0')}`)
  return exchange(url, own, { ends, ...sending })
}

/** Whose request, or bytes of one, this is; undefined where it bears no case's path. */
export function senderOf(text: string): number | undefined {
  const index = /\/[cs](\d+)/.exec(text)?.[1]
  return index === undefined ? undefined : Number(index)
}

/** A body in which an input hid a request, as that input has it. */
export const withoutSender = (body: string) => body.replace(/\/s\d{7}/, '/smuggled')

export const isClosing = (path: string) => path === '/closing'
