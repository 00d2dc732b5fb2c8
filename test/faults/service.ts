import { createHash, createHmac } from 'node:crypto'
import { writeSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A service whose every answer can be told from any other: it carries the id and the hash of what was asked, signed.
 * Each request is written to stdout before it is answered, so that its ledger outlives the process. Started with
 * JSON of `Nature` as its argument; the first line it writes is its port. `PUT /-/nature` changes it while it runs.
 */
export interface Nature {
  secret: string
  /** How many requests are worked on at a time; the others wait. */
  workers: number
  /** How long one takes, in ms. */
  ms: number
  /** The status of all answers. */
  status: number
  /** Bytes that an answer has beside its facts. */
  padding: number
  /** How long the first requests take after the start, in ms, and for how long that lasts. */
  cold?: { ms: number, for: number }
}

const nature: Nature = JSON.parse(process.argv[2] ?? '{}') as Nature
const startedAt = performance.now()
const waiting: (() => void)[] = []
let busy = 0

function work(then: () => void): void {
  busy += 1
  const cold = nature.cold !== undefined && performance.now() - startedAt < nature.cold.for
  setTimeout(() => {
    then()
    busy -= 1
    waiting.shift()?.()
  }, cold ? nature.cold?.ms ?? 0 : nature.ms)
}

function answer(response: ServerResponse, id: string, body: Buffer): void {
  const hash = createHash('sha256').update(body).digest('hex')
  const signature = createHmac('sha256', nature.secret).update(`${id} ${hash}`).digest('hex')
  const text = JSON.stringify({ id, hash, signature, padding: 'x'.repeat(nature.padding) })
  response.writeHead(nature.status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks)
    if (request.url === '/-/nature') {
      Object.assign(nature, JSON.parse(body.toString()))
      return void response.end()
    }
    if (request.url === '/-/health') return void response.writeHead(nature.status < 500 ? 200 : 503).end()
    const id = String(request.headers['x-load-id'])
    writeSync(1, `${id} ${request.method ?? ''}\n`)
    const run = () => work(() => answer(response, id, body))
    if (busy < nature.workers) run()
    else waiting.push(run)
  })
})
server.keepAliveTimeout = 60_000
server.listen(Number(process.argv[3] ?? 0), process.argv[4] ?? '127.0.0.1', () => writeSync(1, `${(server.address() as AddressInfo).port}\n`))
process.on('disconnect', () => process.exit())
