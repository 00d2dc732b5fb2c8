import t from 'tap'
import { startDns } from '../../dns-server.ts'
import { watched } from './watched.ts'

t.test('targets of the config are known at once, and told once', async (t) => {
  const { changes, clock } = await watched(t, '{ targets: [{ url: "http://a", weight: 2 }, { url: "https://b/api", zone: north }] }', { files: { 'z.yaml': 'zone: north\n' } })
  t.equal(changes.length, 1)
  t.same(await changes.next(), [{ url: 'http://a', weight: 2, priority: 0 }, { url: 'https://b/api', weight: 1, priority: 0, zone: 'north' }])
  t.equal(clock.waiting, 0)
})

t.test('what several sources find is put together in their order, each address once a group', async (t) => {
  const dns = await startDns(t, {
    'A orders.test': { ttl: 1, records: ['10.0.0.1'] },
    'SRV _http._tcp.test': { ttl: 1, records: [{ priority: 3, weight: 4, port: 80, name: 'orders.test' }] },
  })
  const targets = [
    '{ file: targets.list }', '{ dns: "http://orders.test:80" }', '{ srv: _http._tcp.test }', '{ url: "http://a" }',
    '{ url: "http://a", weight: 9 }', '{ url: "http://a", group: canary }', '{ url: "http://orders.test:80" }',
  ]
  const { changes, source } = await watched(t, `{ targets: [${targets.join(', ')}], resolvers: ["${dns.address}"] }`, { files: { 'targets.list': '- url: http://a\n  weight: 5' } })
  t.same((await changes.next()).map(({ url }) => url), ['http://a', 'http://a', 'http://orders.test:80'])
  await source.ready
  let last = await changes.next()
  while (changes.length > 0) last = await changes.next()
  t.same(last, [
    { url: 'http://a', weight: 5, priority: 0 },
    { url: 'http://orders.test:80', weight: 1, priority: 0, address: '10.0.0.1' },
    { url: 'http://a', weight: 1, priority: 0, group: 'canary' },
    { url: 'http://orders.test:80', weight: 1, priority: 0 },
  ])
})
