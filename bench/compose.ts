import { isDeepStrictEqual } from 'node:util'
import { writeFileSync } from 'node:fs'
import { inPlace } from '../test/place.ts'
import { startBackend } from './compose/backend.ts'
import { startContenders, type Contender } from './compose/contenders.ts'
import { dataOf, expectedOf, operations, type OperationName } from './compose/data.ts'
import { columnTable, ratioTable, today, type Ratio } from './report.ts'
import { quick, takeTurns, type Column, type Measured, type Pace } from './rounds.ts'
import type { BenchOptions } from './run.ts'
import { packageVersion, versionOf } from './versions.ts'

/** Sluice's code is compiled for longer than a handler's of fifty lines. */
const whole: Pace = { rounds: 5, seconds: 2, warmUpSeconds: 6, settleSeconds: 1 }
const connections = 64
const [few, many] = [dataOf(10), dataOf(100)]

/** What must hold between the CPU time of two contenders. */
const goals: readonly Ratio[] = [
  ...['batched', 'unbatched'].flatMap((how) => [
    goal(`Sluice, ${how}`, `written by hand, ${how}`, 1.3),
    goal(`Sluice, ${how}`, `graphql-js, ${how}`, 0.35),
    goal(`Sluice, ${how}`, `yoga, ${how}`, 0.2),
  ]),
  goal('Sluice, batched, 100 users', 'written by hand, batched, 100 users', 1.5),
  goal('Sluice, unbatched, 100 users', 'written by hand, unbatched, 100 users', 1.5),
  goal('Sluice, shared', 'a constant', 1.5),
]

/** Of what is only for information. */
const others: readonly Ratio[] = [
  { name: 'posts: Sluice, batched / Apollo Server, batched', of: columnName('Sluice, batched', 'posts'), by: columnName('Apollo Server, batched', 'posts') },
  { name: 'posts: Sluice, batched / Mercurius, batched', of: columnName('Sluice, batched', 'posts'), by: columnName('Mercurius, batched', 'posts') },
  ...(['titles', 'greet'] as const).flatMap((operation) => ['written by hand', 'graphql-js', 'yoga'].map((other) => {
    const [of, by] = ['Sluice, batched', `${other}, batched`]
    return { name: `${operation}: ${of} / ${by}`, of: columnName(of, operation), by: columnName(by, operation) }
  })),
]

/** Measures what a composed answer costs each contender. */
export async function run(options: BenchOptions): Promise<void> {
  const versions = versionsOf()
  const pace = options.quick ? quick : whole
  await inPlace(async (place) => {
    const targets = { few: await startBackend(place, few), many: await startBackend(place, many) }
    const contenders = await startContenders(place, targets)
    const measured: Measured[] = []
    for (const contender of contenders) measured.push(...await measuredOf(contender))
    const columns = await takeTurns(measured, pace)
    const report = reportOf(columns, pace, versions)
    console.log(report)
    if (options.write) writeFileSync(new URL('results/compose.md', import.meta.url), report)
  })
}

function columnName(contender: string, operation: OperationName): string {
  return `${operation}: ${contender}`
}

function goal(of: string, by: string, most: number): Ratio {
  return { name: `posts: ${of} / ${by}`, of: columnName(of, 'posts'), by: columnName(by, 'posts'), most }
}

/** What is measured of a contender. Throws where an answer has not the data that it must have. */
async function measuredOf(contender: Contender): Promise<Measured[]> {
  const { name, pid, asked } = contender
  const url = `${contender.url}/graphql`
  const measured: Measured[] = []
  for (const operation of asked) {
    const body = JSON.stringify({ query: operations[operation] })
    const answerBytes = await check(contender, url, operation, body)
    measured.push({ name: columnName(name, operation), pid, load: { url, connections, post: { body, answerBytes } } })
  }
  return measured
}

/** Asks once, and gives how many bytes the answer has. */
async function check({ name, distinct }: Contender, url: string, operation: OperationName, body: string): Promise<number> {
  const expected = expectedOf(distinct ? many : few)[operation]
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const text = await response.text()
  if (response.status === 200 && isDeepStrictEqual(JSON.parse(text), { data: expected })) return Buffer.byteLength(text)
  throw new Error(`${name} answers ${operation} with ${response.status} ${text.slice(0, 1000)}`)
}

function reportOf(columns: readonly Column[], { rounds, seconds, warmUpSeconds, settleSeconds }: Pace, versions: readonly string[]): string {
  return `# What a composed answer costs

\`npm run bench -- compose --write\`, ${today()}. CPU time of the server's process (user and system, all threads) for each
answered request; wrk posts over ${connections} connections, nginx answers files, all on the loopback. The contenders take
turns, ${rounds} rounds of ${seconds} s each, after ${warmUpSeconds} s of load and ${settleSeconds} s more before each round; medians, and the least and most in
parentheses. Each answer was checked once before the load, and all later ones had as many bytes as that. Rates and times
are for information: wrk and the backend share the machine with the server.

${columnTable('operation and server', columns)}

${ratioTable(goals, columns)}

For information:

${ratioTable(others, columns)}

Operations:

${Object.entries(operations).map(([name, text]) => `- ${name}: \`${text}\``).join('\n')}

A hundred posts have ten users, or a hundred where it says so. Batched, they are found with one call for the posts and
one for all users; unbatched, with one for the posts and one for each user. "Written by hand" is a Fastify handler that
does this alone: undici's dispatch, as Sluice has it, a map, and text put together. graphql-js executes documents that
are parsed and validated once, with DataLoader over the same dispatch; yoga and Apollo Server have DataLoader over fetch,
Mercurius loaders over fetch and its JIT. "Shared" is Sluice with \`share: {}\`, asked for the same all the time; "a
constant" a Fastify handler that answers text of the same size.

${versions.join(', ')}.
`
}

/** Throws where a program is not installed. */
function versionsOf(): string[] {
  return [
    `Node ${process.versions.node}`,
    ...['undici', 'fastify', 'graphql', 'graphql-yoga', '@apollo/server', 'mercurius', 'graphql-jit', 'dataloader'].map((name) => packageVersion(name)),
    versionOf('nginx'),
    versionOf('wrk'),
  ]
}
