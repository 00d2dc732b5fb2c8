import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { watched } from './watched.ts'

const list = (...ports: number[]) => ports.map((port) => `- url: http://127.0.0.1:${port}\n`).join('')

/** Watches `targets.list`, which is in the folder of the config. */
async function watching(t: Test, text: string, more = '') {
  const all = await watched(t, `{ targets: [{ file: targets.list }]${more} }`, { files: { 'targets.list': text } })
  // A watched folder keeps no process alive.
  const awake = setInterval(() => undefined, 60_000)
  t.teardown(() => clearInterval(awake))
  t.equal(await all.clock.timers.next(), 10_000, 'the next look')
  const path = join(all.dir, 'routes', 'targets.list')
  /** Looks again, without waiting for the folder to tell; resolves when that has ended. */
  const look = async () => {
    all.clock.advance(10_000)
    for (let ms = await all.clock.timers.next(); ms !== 10_000; ms = await all.clock.timers.next()) all.clock.advance(ms)
  }
  return { ...all, path, look, ports: async () => (await all.changes.next()).map(({ url }) => Number(new URL(url).port)) }
}

t.test('the targets of a file are endpoints', async (t) => {
  const text = '- { url: "http://127.0.0.1:1/api", weight: 3, zone: north, priority: 1, group: canary }\n- { url: "http://127.0.0.1:2" }\n'
  const { changes, counts } = await watching(t, text)
  t.same(await changes.next(), [
    { url: 'http://127.0.0.1:1/api', weight: 3, zone: 'north', priority: 1, group: 'canary' },
    { url: 'http://127.0.0.1:2', weight: 1, priority: 0 },
  ])
  t.same(await counts(), { found: 1 })
})

t.test('a file is read again when its folder stirs, soon but not at once', async (t) => {
  const { clock, path, ports } = await watching(t, list(1))
  t.same(await ports(), [1])
  writeFileSync(path, list(1, 2))
  t.equal(await clock.timers.next(), 100)
  clock.advance(100)
  t.same(await ports(), [1, 2])
})

t.test('a file may be replaced, vanish and come back; that it is gone changes nothing', async (t) => {
  const { path, ports, look, changes, counts, lines } = await watching(t, list(1))
  t.same(await ports(), [1])
  writeFileSync(`${path}.new`, list(2))
  renameSync(`${path}.new`, path)
  await look()
  t.same(await ports(), [2])
  rmSync(path)
  await look()
  await look()
  t.same([changes.length, await counts()], [0, { found: 2, failed: 1 }])
  t.match(lines, [{ level: 40, service: 's', source: path, problems: [/ENOENT/] }])
  writeFileSync(path, list(3))
  await look()
  t.same(await ports(), [3])
  t.match(lines[1], { level: 30, msg: 'targets are found again' })
})

t.test('a link may be swapped, as Kubernetes does with what it mounts', async (t) => {
  const { dir, path, ports, look } = await watching(t, list(1))
  t.same(await ports(), [1])
  for (const port of [2, 3]) {
    mkdirSync(join(dir, `v${port}`))
    writeFileSync(join(dir, `v${port}`, 'targets.list'), list(port))
    rmSync(join(dir, 'routes', '..data'), { force: true })
    symlinkSync(join(dir, `v${port}`), join(dir, 'routes', '..data'))
    if (port === 2) {
      rmSync(path)
      symlinkSync(join('..data', 'targets.list'), path)
    }
    await look()
    t.same(await ports(), [port])
  }
})

const bad: Record<string, [text: string, more: string, problems: string[]]> = {
  'is no YAML': ['- url: [', '', ['1:9: this is not valid YAML: flow sequence in block collection must be sufficiently indented and end with a ]']],
  'is empty': ['', '', ['1:1: nothing is written here, where a list belongs']],
  'is no list': ['targets: []\n', '', ['1:1: a map is not a list']],
  'has what is no target': [
    '- { url: ftp://x, wieght: 1 }\n- { weight: heavy, url: "http://x" }\n- {}\n- http://x\n', '',
    [
      '1:10: 0.url: "ftp://x" is not an address that starts with http:// or https://',
      '1:19: unknown key "wieght" in 0; did you mean "weight"?',
      '2:13: 1.weight: "heavy" is not a whole number',
      '3:3: the key "url" is missing in 2',
      '4:3: 3: "http://x" is not a map',
    ],
  ],
  'has addresses that none can call': [
    '- url: http://\n- url: http://x/?a=b\n- url: http://me@x\n', '',
    ['1:8', '2:8', '3:8'].map((place, index) => {
      const url = ['http://', 'http://x/?a=b', 'http://me@x'][index] ?? ''
      return `${place}: ${index}.url: "${url}" is not an origin such as https://host:8443 with at most a path`
    }),
  ],
  'has no TLS for HTTP/2': [
    '- url: https://x\n- url: http://x\n', ', http2: true',
    ['2:8: 1.url: HTTP/2 is spoken over TLS only; the target needs an https:// address'],
  ],
  'wants what is the gateway\'s': ['- url: "http://${file:targets.list}"\n', '', ['1:8: 0.url: the file of "${file:targets.list}" cannot be read']],
}

for (const [title, [text, more, problems]] of Object.entries(bad)) {
  t.test(`a file that ${title} is refused with its places, and the last good list holds`, async (t) => {
    const { path, ports, look, changes, counts, lines } = await watching(t, list(1).replace('http:', 'https:'), more)
    t.same(await ports(), [1])
    writeFileSync(path, text)
    await look()
    t.same(lines, [{ level: 40, service: 's', source: path, problems: problems.map((problem) => `${path}:${problem}`), msg: 'targets were not found; those found last are kept' }])
    t.same([changes.length, await counts()], [0, { found: 1, invalid: 1 }])
    writeFileSync(path, list(2).replace('http:', 'https:'))
    await look()
    t.same(await ports(), [2])
  })
}

t.test('a list without targets is one that somebody meant', async (t) => {
  const { path, ports, look, changes } = await watching(t, list(1))
  t.same(await ports(), [1])
  writeFileSync(path, '[]')
  await look()
  t.same(await changes.next(), [])
})

t.test('closing ends all watching', async (t) => {
  const { source, clock, changes, path } = await watching(t, list(1))
  await changes.next()
  source.close()
  t.equal(clock.waiting, 0)
  writeFileSync(path, list(2))
  clock.advance(60_000)
  t.same([clock.waiting, changes.length], [0, 0])
})

t.test('a file that is bad from the start leaves the service without endpoints', async (t) => {
  const { source, changes, lines } = await watching(t, '- nonsense')
  await source.ready
  t.same([changes.length, lines.length], [0, 1])
})
