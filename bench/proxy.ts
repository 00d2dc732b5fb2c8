import { writeFileSync } from 'node:fs'
import { inPlace } from '../test/place.ts'
import { startAnswering, startContenders, type Contender } from './contenders.ts'
import { cpuOf } from './cpu.ts'
import { packageVersion, versionOf } from './versions.ts'
import { load, type Answered } from './wrk.ts'

const rounds = 5
const connections = 50
/** Code is compiled while it runs, so the first round's figures would be another program's. */
const warmUpSeconds = 4
const seconds = 3

/** One contender in one round. */
interface Sample extends Answered {
  /** CPU time of the gateway's process for each request, in µs. */
  cpuUs: number
}

interface Column {
  readonly contender: Contender
  readonly samples: Sample[]
}

/** What must hold between the CPU time of two contenders. */
const goals = [
  { name: 'no policies', of: 'Sluice, no policies', by: '@fastify/http-proxy', most: 0.55 },
  { name: 'all policies', of: 'Sluice, all policies', by: 'the Fastify stack', most: 0.6 },
  { name: 'how far down it goes', of: 'the transfer alone', by: '@fastify/http-proxy', most: null },
  { name: 'how far that is', of: 'Sluice, no policies', by: 'the transfer alone', most: null },
] as const

/** Measures all contenders in turn, round after round, so that what else the machine does is shared by all. */
export async function run(write: boolean): Promise<void> {
  const versions = versionsOf()
  await inPlace(async (place) => {
    const target = await startAnswering(place)
    const contenders = await startContenders(place, target)
    const columns: Column[] = contenders.map((contender) => ({ contender, samples: [] }))
    for (const { contender } of columns) await measure(contender, warmUpSeconds)
    for (let round = 0; round < rounds; round++) {
      for (const { contender, samples } of columns) samples.push(await measure(contender, seconds))
    }
    const report = reportOf(columns, versions)
    console.log(report)
    if (write) writeFileSync(new URL('results/proxy.md', import.meta.url), report)
  })
}

async function measure({ pid, url, headers }: Contender, seconds: number): Promise<Sample> {
  const before = cpuOf(pid)
  const answered = await load({ url: `${url}/items?page=1`, seconds, connections, headers })
  return { ...answered, cpuUs: ((cpuOf(pid) - before) * 1000) / answered.requests }
}

function reportOf(columns: readonly Column[], versions: readonly string[]): string {
  const today = new Date().toISOString().slice(0, 10)
  return `# What a proxied request costs

\`npm run bench -- proxy --write\`, ${today}. CPU time of the gateway's process (user and system, all threads) for each
answered request; wrk asks over ${connections} connections, nginx answers 1 KiB of JSON, all on the loopback. The
contenders take turns, ${rounds} rounds of ${seconds} s each; medians, and the least and most in parentheses. All
answers were 200. Rates and times are for information: wrk and the backend share the machine with the gateway.

| gateway | CPU a request, µs | requests/s | p50, ms | p99, ms |
|---|---|---|---|---|
${columns.map(rowOf).join('\n')}

| CPU a request against | ratio | in single rounds | goal |
|---|---|---|---|
${goals.map((goal) => ratioOf(goal, columns)).join('\n')}

"No policies" has what can't be taken off: framing, path and header checks, request id, deadlines, metrics. "All
policies" adds a verified JWT (cached by both), a limit by subject, an access log in a file; the Fastify stack is
@fastify/http-proxy with @fastify/jwt, @fastify/rate-limit and pino. nginx and HAProxy proxy alone, in one thread.
"The transfer alone" is Node's HTTP server and undici with nothing between them (\`bench/transfer.ts\`): no gateway made of
the two can cost less, whatever it leaves out.

${versions.join(', ')}.
`
}

function rowOf({ contender, samples }: Column): string {
  const cpu = samples.map(({ cpuUs }) => cpuUs)
  const middle = (of: (sample: Sample) => number, digits: number) => median(samples.map(of)).toFixed(digits)
  const rate = middle(({ requests, seconds }) => requests / seconds, 0)
  const cells = [`${median(cpu).toFixed(1)} (${range(cpu, 1)})`, rate, middle(({ p50Ms }) => p50Ms, 2), middle(({ p99Ms }) => p99Ms, 2)]
  return `| ${contender.name} | ${cells.join(' | ')} |`
}

function ratioOf({ name, of, by, most }: (typeof goals)[number], columns: readonly Column[]): string {
  const cpu = (wanted: string) => columns.find(({ contender }) => contender.name === wanted)?.samples.map(({ cpuUs }) => cpuUs) ?? []
  const [ours, theirs] = [cpu(of), cpu(by)]
  const single = ours.map((value, round) => value / (theirs[round] ?? Number.NaN))
  return `| ${name}: ${of} / ${by} | ${(median(ours) / median(theirs)).toFixed(2)} | ${range(single, 2)} | ${most === null ? '' : `≤ ${most.toFixed(2)}`} |`
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function range(values: readonly number[], digits: number): string {
  return `${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)}`
}

/** Throws where a program is not installed. */
function versionsOf(): string[] {
  return [
    `Node ${process.versions.node}`,
    packageVersion('undici'),
    packageVersion('undici', '@fastify/reply-from'),
    ...['fastify', '@fastify/http-proxy', '@fastify/jwt', '@fastify/rate-limit', 'pino'].map((name) => packageVersion(name)),
    versionOf('nginx'),
    versionOf('haproxy'),
    versionOf('wrk'),
  ]
}
