import t from 'tap'
import type { Case } from './case.ts'
import { readAnything, readRequest, startRecorder, type Recorded, type Recorder } from './recorder.ts'
import { classes, closing, differs, exchange, send, startSluice, statusesOf } from './send.ts'

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
  const recorder = await startRecorder(t)
  const { url, server } = await startSluice(t, recorder.url)
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
