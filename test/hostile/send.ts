import { connect } from 'node:net'
import { startGateway, type Place, type Running } from '../gateway.ts'
import type { Case, Cases, Sees } from './case.ts'
import { chunks, contentLength, transferEncoding } from './cases/framing.ts'
import { fieldNames, lineEnds, whitespace } from './cases/head.ts'
import { ends, expectations, host, pipelines, requestLines, sizes } from './cases/start.ts'
import type { Recorded } from './recorder.ts'

export const classes: Record<string, Cases> = {
  requestLines, host, whitespace, lineEnds, fieldNames, transferEncoding, contentLength, chunks, ends, pipelines, sizes, expectations,
}

/** A last request on a connection, whose answer tells that all before it was answered. */
export const closing = 'GET /closing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

interface Sending {
  /** The client's side ends right behind the bytes. */
  ends?: boolean | undefined
  /** Milliseconds without a byte after which the connection is given up; without, only its end counts. */
  patience?: number | undefined
}

/**
 * Sends bytes and gives all that comes back until the connection is closed. Once something was answered, a last request
 * follows on the same connection: when that is answered, all before it has been.
 */
export function exchange(url: string, bytes: string, { ends = false, patience = 0 }: Sending = {}): Promise<string> {
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

/** Each case has paths of its own, so that the service's log says whose request arrived. */
export function send(url: string, { bytes, ends }: Case, index: number, patience?: number): Promise<string> {
  const own = bytes.replace('@', `/c${index}`).replaceAll('/smuggled', `/s${String(index).padStart(7, '0')}`)
  return exchange(url, own, { ends, patience })
}

/** Sluice with one route, to the service at `target`. */
export function startSluice(place: Place, target: string): Promise<Running> {
  return startGateway(place, {
    'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0 } }
services: { s: { targets: [{ url: "${target}" }], identity: { headers: { x-user-id: nobody } } } }
routes: { all: { match: { path: /* }, to: { service: s } } }
`,
  })
}

/** How a request that arrived is not the one that was meant; undefined where it is. */
export function differs({ method, body, fields = {}, without = [] }: Sees, seen: Recorded): string | undefined {
  if (method !== undefined && seen.method !== method) return `method ${seen.method}`
  if (body !== undefined && seen.body.replace(/\/s\d{7}/, '/smuggled') !== body) return `body ${JSON.stringify(seen.body)}`
  const has = (name: string) => seen.fields.filter(([key]) => key === name).map(([, value]) => value)
  const changed = Object.entries(fields).find(([name, value]) => has(name).join('|') !== value)
  if (changed !== undefined) return `${changed[0]} is ${JSON.stringify(has(changed[0]))}`
  const left = without.find((name) => has(name).length > 0)
  return left === undefined ? undefined : `${left} passed`
}
