import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Place } from '../gateway.ts'
import type { Front } from './judge.ts'
import { readAnything, startRecorder } from './recorder.ts'

/** Header lines, as they were sent. */
export type Lines = readonly (readonly [name: string, value: string])[]

/** What a broken gateway makes of a request: a status that refuses it, or what it sends of it. */
export type Decide = (asked: { target: string; lines: Lines }) => number | { path: string; lines: Lines }

/** A gateway that reads bytes as a bad server does, and says of each request what Sluice would. */
export async function carelessReader(place: Place): Promise<Front> {
  const recorder = await startRecorder(place, (bytes) => {
    const read = readAnything(bytes)
    if (read === null) return null
    const host = read.request.fields.find(([name]) => name === 'host')?.[1] ?? ''
    const said: [string, string][] = [['x-forwarded-for', '127.0.0.1'], ['x-forwarded-host', host], ['x-user-id', 'nobody']]
    read.request.fields.push(...said)
    return read
  })
  // It refuses nothing and may wait for ever, so the client's side always ends at once.
  return { url: recorder.url, recorder, sending: { ends: true } }
}

/** A gateway that decides by one reading of a request, and sends another. */
export function carelessGateway(decide: () => Decide): (place: Place) => Promise<Front> {
  return async (place) => {
    const recorder = await startRecorder(place)
    const decided = decide()
    const server = createServer((asked, answer) => pass(recorder.url, decided, asked, answer))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    place.teardown(() => {
      server.close()
      server.closeAllConnections()
    })
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, recorder }
  }
}

function pass(target: string, decide: Decide, asked: IncomingMessage, answer: ServerResponse): void {
  const decided = decide({ target: asked.url ?? '', lines: linesOf(asked.rawHeaders) })
  if (typeof decided === 'number') return void answer.writeHead(decided).end()
  const sent = request(target, { method: asked.method, path: decided.path, headers: decided.lines.flat(), agent: false })
  sent.on('response', (got) => void got.pipe(answer.writeHead(got.statusCode ?? 502)))
  sent.on('error', () => void answer.writeHead(502).end())
  asked.pipe(sent)
}

function linesOf(raw: readonly string[]): Lines {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? ''] as const] : []))
}
