import { writeFileSync } from 'node:fs'
import { inPlace } from '../test/place.ts'
import { startAnswering, startContenders } from './contenders.ts'
import { columnTable, ratioTable, today, type Ratio } from './report.ts'
import { quick, takeTurns, type Column, type Pace } from './rounds.ts'
import type { BenchOptions } from './run.ts'
import { packageVersion, versionOf } from './versions.ts'

const whole: Pace = { rounds: 5, seconds: 3, warmUpSeconds: 4, settleSeconds: 1 }
const connections = 50

/** What must hold between the CPU time of two contenders. */
const goals: readonly Ratio[] = [
  { name: 'no policies: Sluice, no policies / @fastify/http-proxy', of: 'Sluice, no policies', by: '@fastify/http-proxy', most: 0.55 },
  { name: 'all policies: Sluice, all policies / the Fastify stack', of: 'Sluice, all policies', by: 'the Fastify stack', most: 0.6 },
  { name: 'the least that can be: the transfer alone / @fastify/http-proxy', of: 'the transfer alone', by: '@fastify/http-proxy' },
  { name: 'what Sluice adds: Sluice, no policies / the transfer alone', of: 'Sluice, no policies', by: 'the transfer alone' },
]

/** Measures what a proxied request costs each contender. */
export async function run(options: BenchOptions): Promise<void> {
  const versions = versionsOf()
  const pace = options.quick ? quick : whole
  await inPlace(async (place) => {
    const target = await startAnswering(place)
    const contenders = await startContenders(place, target)
    const columns = await takeTurns(contenders.map(({ name, pid, url, headers }) => {
      return { name, pid, load: { url: `${url}/items?page=1`, connections, headers } }
    }), pace)
    const report = reportOf(columns, pace, versions)
    console.log(report)
    if (options.write) writeFileSync(new URL('results/proxy.md', import.meta.url), report)
  })
}

function reportOf(columns: readonly Column[], { rounds, seconds, settleSeconds }: Pace, versions: readonly string[]): string {
  return `# What a proxied request costs

\`npm run bench -- proxy --write\`, ${today()}. CPU time of the gateway's process (user and system, all threads) for each
answered request; wrk asks over ${connections} connections, nginx answers 1 KiB of JSON, all on the loopback. The
contenders take turns, ${rounds} rounds of ${seconds} s each, each after ${settleSeconds} s of load; medians, and the least and most in parentheses. All
answers were 200. Rates and times are for information: wrk and the backend share the machine with the gateway.

${columnTable('gateway', columns)}

${ratioTable(goals, columns)}

"No policies" has what can't be taken off: framing, path and header checks, request id, deadlines, metrics. "All
policies" adds a verified JWT (cached by both), a limit by subject, an access log in a file; the Fastify stack is
@fastify/http-proxy with @fastify/jwt, @fastify/rate-limit and pino. nginx and HAProxy proxy alone, in one thread. "The transfer alone" is
Node's HTTP server and undici with nothing between them (\`bench/transfer.ts\`): no gateway that is made of the two can cost
less, whatever it leaves out.

${versions.join(', ')}.
`
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
