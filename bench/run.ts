/** How a bench is run. */
export interface BenchOptions {
  /** Whether the report is kept. */
  readonly write: boolean
  /** Whether it is only tried. */
  readonly quick: boolean
}

/** Every bench by name; an entry here is all that a new one needs. Each prints its figures, and writes them if asked. */
const benches: Record<string, { summary: string; run(options: BenchOptions): Promise<void> }> = {
  proxy: {
    summary: 'CPU time for each proxied request, beside @fastify/http-proxy, nginx and HAProxy',
    run: async (options) => (await import('./proxy.ts')).run(options),
  },
  compose: {
    summary: 'CPU time for each composed answer, beside code written by hand and other GraphQL servers',
    run: async (options) => (await import('./compose.ts')).run(options),
  },
}

const flags = ['--write', '--quick']
const words = process.argv.slice(2)
const [name = '', ...more] = words.filter((word) => !flags.includes(word))
const bench = Object.hasOwn(benches, name) ? benches[name] : undefined
const [write, quick] = flags.map((flag) => words.includes(flag))
if (bench === undefined || more.length > 0 || (write === true && quick === true)) {
  console.error('npm run bench -- <name> [--write | --quick]')
  console.error('  --write keeps the figures in bench/results/<name>.md; --quick only tries, and its figures are no figures')
  for (const [known, { summary }] of Object.entries(benches)) console.error(`  ${known.padEnd(10)} ${summary}`)
  process.exitCode = 2
} else {
  await bench.run({ write: write === true, quick: quick === true })
}
