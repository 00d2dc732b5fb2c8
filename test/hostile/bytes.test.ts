import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { startGateway } from '../gateway.ts'
import type { Case, Cases, Sees } from './case.ts'
import { chunks, contentLength, transferEncoding } from './cases/framing.ts'
import { fieldNames, lineEnds, whitespace } from './cases/head.ts'
import { ends, expectations, host, pipelines, requestLines, sizes } from './cases/start.ts'
import { readAnything, readRequest, startRecorder, type Recorded, type Recorder } from './recorder.ts'

const classes: Record<string, Cases> = {
  requestLines, host, whitespace, lineEnds, fieldNames, transferEncoding, contentLength, chunks, ends, pipelines, sizes, expectations,
}

const closing = 'GET /closing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

/**
 * Sends bytes and gives all that comes back until the connection is closed. Once something was answered, a last request
 * follows on the same connection: when that is answered, all before it has been.
 */
function exchange(url: string, bytes: string, ends = false): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    let answer = ''
    let closed = ends
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
function statusesOf(answer: string): number[] {
  return [...answer.matchAll(/HTTP\/1\.1 ([2-9]\d\d) /g)].map(([, status]) => Number(status))
}

async function begin(t: Test) {
  const recorder = await startRecorder(t)
  const { url, server } = await startGateway(t, {
    'routes/gateway.yaml': `
listeners: { public: { host: 127.0.0.1, port: 0 } }
services: { s: { targets: [{ url: "${recorder.url}" }], identity: { headers: { x-user-id: nobody } } } }
routes: { all: { match: { path: /* }, to: { service: s } } }
`,
  })
  return { recorder, url, server }
}

/** Each case has paths of its own, so that the service's log says whose request arrived. */
function send(url: string, { bytes, ends }: Case, index: number): Promise<string> {
  const own = bytes.replace('@', `/c${index}`).replaceAll('/smuggled', `/s${String(index).padStart(7, '0')}`)
  return exchange(url, own, ends)
}

/** Why what the service saw is not what the case allows; undefined where it is. */
function wrong({ sees, orNothing }: Case, seen: readonly Recorded[], answer: string): string | undefined {
  const statuses = statusesOf(answer)
  const [first] = seen
  if (sees === null || (first === undefined && orNothing)) {
    if (seen.length > 0) return `passed: ${JSON.stringify(first)}`
    return (statuses[0] ?? 400) < 400 ? `answered ${statuses.join()}` : undefined
  }
  if (first === undefined || seen.length > 1) return `passed ${seen.length} times`
  return differs(sees, first) ?? (statuses[0] === 200 || orNothing ? undefined : `answered ${answer.slice(0, 40)}`)
}

function differs({ method, body, fields = {}, without = [] }: Sees, seen: Recorded): string | undefined {
  if (method !== undefined && seen.method !== method) return `method ${seen.method}`
  if (body !== undefined && seen.body.replace(/\/s\d{7}/, '/smuggled') !== body) return `body ${JSON.stringify(seen.body)}`
  const has = (name: string) => seen.fields.filter(([key]) => key === name).map(([, value]) => value)
  const changed = Object.entries(fields).find(([name, value]) => has(name).join('|') !== value)
  if (changed !== undefined) return `${changed[0]} is ${JSON.stringify(has(changed[0]))}`
  const left = without.find((name) => has(name).length > 0)
  return left === undefined ? undefined : `${left} passed`
}

interface Tried {
  kind: string
  entry: Case
  answer: string
  seen: readonly Recorded[]
}

/**
 * Sends every case, a few at a time, and tells each with what the service saw of it; strangers are nobody's. Without a
 * gateway to settle, the client's side always ends at once, since a careless service may wait for ever.
 */
async function tryAll(url: string, recorder: Recorder, settled?: () => Promise<void>): Promise<{ tried: Tried[]; strangers: string[] }> {
  const cases = Object.entries(classes).flatMap(([kind, list]) => list.map((entry) => ({ kind, entry })))
  const answers: string[] = []
  for (let from = 0; from < cases.length; from += 16) {
    const batch = cases.slice(from, from + 16).map(({ entry }, index) => send(url, settled === undefined ? { ...entry, ends: true } : entry, from + index))
    answers.push(...await Promise.all(batch))
  }
  await settled?.()
  const idOf = ({ path }: Recorded) => /^\/(c\d+|closing)(?=[/?]|$)/.exec(path)?.[1]
  const strangers = recorder.requests.filter((request) => idOf(request) === undefined).map(({ path }) => cases[Number(path.slice(2))]?.entry.name ?? path)
  const tried = cases.map(({ kind, entry }, index) => {
    return { kind, entry, answer: answers[index] ?? '', seen: recorder.requests.filter((request) => idOf(request) === `c${index}`) }
  })
  return { tried, strangers }
}

/** The failures of each class, and a line about it. */
function judge(tried: readonly Tried[]): { kind: string; line: string; failures: string[] }[] {
  return Object.keys(classes).map((kind) => {
    const own = tried.filter((each) => each.kind === kind)
    const failures = own.flatMap(({ entry, seen, answer }) => {
      const problem = wrong(entry, seen, answer)
      return problem === undefined ? [] : [`${entry.name}: ${problem}`]
    })
    const passed = own.filter(({ seen }) => seen.length === 1).length
    return { kind, failures, line: `${kind.padEnd(18)} tried ${own.length}, refused ${own.length - passed}, passed as one request ${passed}, wrong ${failures.length}` }
  })
}

t.test('each hostile byte sequence is refused, or leaves as exactly one well-formed request', async (t) => {
  const { recorder, url, server } = await begin(t)
  const { tried, strangers } = await tryAll(url, recorder, async () => server.gateway?.idle())
  t.match(await exchange(url, closing), /^HTTP\/1\.1 200 /, 'the gateway goes on')
  t.same(recorder.malformed, [], 'nothing malformed left the gateway')
  t.same(strangers, [], 'nothing that nobody sent arrived')
  for (const { line, failures } of judge(tried)) t.same(failures, [], line)
  t.ok(tried.length >= 300, `${tried.length} sequences`)
})

t.test('a careless reader is caught by every class', async (t) => {
  const recorder = await startRecorder(t, readAnything)
  const { tried } = await tryAll(recorder.url, recorder)
  for (const { kind, failures } of judge(tried)) t.not(failures.length, 0, `${kind}: ${failures.length} let through`)
})

t.test('the oracle itself is strict', async (t) => {
  const field = (line: string) => `GET /x HTTP/1.1\r\nhost: a\r\n${line}\r\n\r\n`
  t.equal(readRequest(field('x: y'))?.request.path, '/x')
  for (const line of ['x : y', 'x_y: z', 'host: b', ' x: y', 'x: a\rb', 'content-length: +1', 'transfer-encoding: x']) t.throws(() => readRequest(field(line)), line)
  t.throws(() => readRequest('GET /x HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n'))
  t.throws(() => readRequest('POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\n\r\n'))
})
