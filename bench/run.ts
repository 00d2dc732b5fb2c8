/** Every bench by name; an entry here is all that a new one needs. Each prints its figures, and writes them if asked. */
const benches: Record<string, { summary: string; run(write: boolean): Promise<void> }> = {
  proxy: {
    summary: 'CPU time for each proxied request, beside @fastify/http-proxy, nginx and HAProxy',
    run: async (write) => (await import('./proxy.ts')).run(write),
  },
}

const words = process.argv.slice(2)
const [name = '', ...more] = words.filter((word) => word !== '--write')
const bench = Object.hasOwn(benches, name) ? benches[name] : undefined
if (bench === undefined || more.length > 0) {
  console.error('npm run bench -- <name> [--write]   (--write keeps the figures in bench/results/<name>.md)')
  for (const [known, { summary }] of Object.entries(benches)) console.error(`  ${known.padEnd(10)} ${summary}`)
  process.exitCode = 2
} else {
  await bench.run(words.includes('--write'))
}
