import { join } from 'node:path'
import t from 'tap'
import { base, configOf, problemsOf } from './folder.ts'

const service = (settings: string) => ({ 'a.yaml': base, 'b.yaml': `services:\n  s:\n    ${settings}\n`, 'targets.list': '' })
const at = (column: number, pointer: string) => `routes/b.yaml:3:${column}: services.s.${pointer}:`

t.test('a target is found in one way', async (t) => {
  t.same(await problemsOf(t, service('targets: [{ weight: 1 }, { url: "http://x", dns: "http://x" }, { srv: _http._tcp.x, file: targets.list }]')), [
    `${at(15, 'targets.0')} one of url, dns, srv and file is needed`,
    `${at(54, 'targets.1.dns')} a target has one of url, dns, srv and file`,
    `${at(95, 'targets.2.file')} a target has one of url, dns, srv and file`,
  ])
  t.same(await problemsOf(t, service('targets: [{ ulr: "http://x" }]')), [
    'routes/b.yaml:3:17: unknown key "ulr" in services.s.targets.0; did you mean "url"?',
  ])
})

t.test('an address that no call can be sent to', async (t) => {
  const addresses = ['http://', 'http://x:port', 'http://x/?a=b', 'http://x/#a', 'https://me:secret@x']
  for (const key of ['url', 'dns']) {
    for (const address of addresses) {
      const clause = `"${address}" is not an origin such as https://host:8443 with at most a path`
      t.same(await problemsOf(t, service(`targets: [{ ${key}: "${address}" }]`)), [`${at(22, `targets.0.${key}`)} ${clause}`])
    }
    t.same(await problemsOf(t, service(`targets: [{ ${key}: "http://x:80/api/" }]`)), [])
  }
  const [problem] = await problemsOf(t, service('targets: [{ url: "http://x?${TOKEN}" }]'), { env: { TOKEN: 'hunter2' } })
  t.equal(problem, `${at(22, 'targets.0.url')} "http://x?\${TOKEN}" is not an origin such as https://host:8443 with at most a path`)
})

t.test('names of services and schemes that are none', async (t) => {
  t.same(await problemsOf(t, service('targets: [{ srv: orders.internal, scheme: htp }]')), [
    `${at(22, 'targets.0.srv')} "orders.internal" is not a name such as _http._tcp.orders.internal`,
    `${at(47, 'targets.0.scheme')} "htp" is not one of "http", "https"; did you mean "http"?`,
  ])
})

t.test('keys that have no meaning where they stand', async (t) => {
  t.same(await problemsOf(t, service('targets: [{ url: "http://x", scheme: http, zone: north }, { srv: _http._tcp.x, weight: 1, priority: 0, group: g }]')), [
    `${at(42, 'targets.0.scheme')} only targets of srv have a scheme; an address says its own`,
    `${at(54, 'targets.0.zone')} the gateway has no zone itself; it is the key "zone" beside services`,
    `${at(92, 'targets.1.weight')} targets of srv have those of their records`,
    `${at(105, 'targets.1.priority')} targets of srv have those of their records`,
  ])
  t.same(await problemsOf(t, service('targets: [{ file: targets.list, weight: 1, zone: north, priority: 0, group: g }]')), [
    `${at(45, 'targets.0.weight')} targets of a file have their own there`,
    `${at(54, 'targets.0.zone')} targets of a file have their own there`,
    `${at(71, 'targets.0.priority')} targets of a file have their own there`,
    `${at(81, 'targets.0.group')} targets of a file have their own there`,
  ])
  t.same(await problemsOf(t, { ...service('targets: [{ url: "http://x", zone: south }]'), 'z.yaml': 'zone: north\n' }), [])
})

t.test('a file of targets counts from the file that names it, and has to be there', async (t) => {
  t.same(await problemsOf(t, service('targets: [{ file: none.list }]')), [
    `${at(23, 'targets.0.file')} there is no file "none.list"; the path starts from this file's folder`,
  ])
  const { dir, services } = await configOf(t, service('targets: [{ file: targets.list }]'))
  t.equal(services['s']?.targets[0]?.file, join(dir, 'routes', 'targets.list'))
})

t.test('HTTP/2 to what is not spoken to over TLS', async (t) => {
  const says = (targets: string) => problemsOf(t, service(`{ http2: true, targets: [${targets}] }`))
  const address = `${at(14, 'http2')} HTTP/2 is spoken over TLS only; each target needs an https:// address`
  t.same(await says('{ url: "https://x" }, { url: "http://x" }'), [address])
  t.same(await says('{ dns: "http://x" }'), [address])
  t.same(await says('{ srv: _http._tcp.x }'), [`${at(14, 'http2')} HTTP/2 is spoken over TLS only; targets of srv need the scheme https`])
  t.same(await says('{ url: "https://x" }, { dns: "https://x" }, { srv: _http._tcp.x, scheme: https }, { file: targets.list }'), [])
})

t.test('resolvers that are no addresses', async (t) => {
  const good = ['10.0.0.53', '10.0.0.53:5353', 'fd00::53', '[fd00::53]:5353']
  const bad = ['dns.internal', '10.0.0.53:', '10.0.0.53:0', '10.0.0.53:65536', '10.0.53:53', '[10.0.0.53]:53', '[fd00::53]', 'fe80::1%eth0']
  for (const resolver of good) t.same(await problemsOf(t, service(`{ targets: [{ dns: "http://x" }], resolvers: ["${resolver}"] }`)), [])
  for (const resolver of bad) {
    t.same(await problemsOf(t, service(`{ targets: [{ dns: "http://x" }], resolvers: ["${resolver}"] }`)), [
      `${at(51, 'resolvers.0')} "${resolver}" is not an address such as 10.0.0.53, 10.0.0.53:5353 or [fd00::53]:5353`,
    ])
  }
})
