import t from 'tap'
import { startDns, type DnsServer, type Reply, type SrvData } from '../../dns-server.ts'
import { watched } from './watched.ts'

const srv = (...records: [priority: number, weight: number, port: number, name: string][]): Reply => {
  return { ttl: 5, records: records.map(([priority, weight, port, name]): SrvData => ({ priority, weight, port, name })) }
}
const a = (...records: string[]): Reply => ({ ttl: 60, records })
const name = '_http._tcp.orders.test'
const service = (dns: DnsServer, more = '') => `{ targets: [{ srv: ${name}${more} }], resolvers: ["${dns.address}"] }`

t.test('each address of the names in SRV records is an endpoint, with the priority and the weight of the record', async (t) => {
  const dns = await startDns(t, {
    [`SRV ${name}`]: srv([0, 60, 8001, 'a.test'], [0, 30, 8002, 'b.test'], [1, 10, 8001, 'c.test']),
    'A a.test': a('10.0.0.1'),
    'A b.test': a('10.0.0.2', '10.0.0.3'),
    'AAAA c.test': a('fd00::1'),
  })
  const { changes } = await watched(t, service(dns, ', scheme: https, group: canary'))
  t.same(await changes.next(), [
    { url: 'https://a.test:8001', address: '10.0.0.1', weight: 60, priority: 0, group: 'canary' },
    { url: 'https://b.test:8002', address: '10.0.0.2', weight: 15, priority: 0, group: 'canary' },
    { url: 'https://b.test:8002', address: '10.0.0.3', weight: 15, priority: 0, group: 'canary' },
    { url: 'https://c.test:8001', address: 'fd00::1', weight: 10, priority: 1, group: 'canary' },
  ])
})

t.test('records of weight 0 share the calls where all are, and have a small part where others are not', async (t) => {
  const dns = await startDns(t, {
    [`SRV ${name}`]: srv([0, 0, 1, 'a.test'], [0, 0, 2, 'a.test'], [1, 0, 3, 'a.test'], [1, 99, 4, 'a.test']),
    'A a.test': a('10.0.0.1'),
  })
  const { changes } = await watched(t, service(dns))
  t.same((await changes.next()).map(({ url, weight }) => [url, weight]), [
    ['http://a.test:1', 0.5], ['http://a.test:2', 0.5], ['http://a.test:3', 1], ['http://a.test:4', 99],
  ])
})

t.test('records are looked up again when their addresses expire, and after half a minute at the latest', async (t) => {
  const dns = await startDns(t, { [`SRV ${name}`]: srv([0, 1, 1, 'a.test']), 'A a.test': { ttl: 7, records: ['10.0.0.1'] } })
  const { changes, clock, counts } = await watched(t, service(dns))
  await changes.next()
  t.same([await clock.timers.next(), await clock.timers.next()], [5000, 7000])
  dns.say({ [`SRV ${name}`]: srv([0, 1, 1, 'b.test']), 'A b.test': a('10.0.0.2') })
  clock.advance(7000)
  t.same(await changes.next(), [{ url: 'http://b.test:1', address: '10.0.0.2', weight: 1, priority: 0 }])
  t.same([await clock.timers.next(), await clock.timers.next()], [5000, 30_000])
  t.same(await counts(), { found: 2 })
})

t.test('a name that can no longer be looked up keeps its addresses; one that never could has none', async (t) => {
  const both = { [`SRV ${name}`]: srv([0, 1, 1, 'a.test'], [0, 1, 1, 'b.test'], [0, 1, 1, 'c.test']) }
  const dns = await startDns(t, { ...both, 'A a.test': a('10.0.0.1'), 'A b.test': a('10.0.0.2') })
  const { changes, clock } = await watched(t, service(dns))
  t.same((await changes.next()).map(({ address }) => address), ['10.0.0.1', '10.0.0.2'])
  t.same([await clock.timers.next(), await clock.timers.next()], [5000, 30_000])
  dns.say({ ...both, 'A a.test': a('10.0.0.3'), 'A b.test': 'SERVFAIL', 'AAAA b.test': 'SERVFAIL' })
  clock.advance(30_000)
  t.same((await changes.next()).map(({ address }) => address), ['10.0.0.3', '10.0.0.2'])
})

const outages: Record<string, [replies: Record<string, Reply>, result: string]> = {
  'there are no records': [{}, 'unknown'],
  'the only record says that there is no service': [{ [`SRV ${name}`]: srv([0, 0, 0, '.']) }, 'unknown'],
  'the names in the records are no hosts': [{ [`SRV ${name}`]: srv([0, 1, 1, 'host.1'], [0, 1, 1, 'a b.test']), 'A host.1': a('10.0.0.2'), 'A a b.test': a('10.0.0.2') }, 'unknown'],
  'DNS fails': [{ [`SRV ${name}`]: 'SERVFAIL' }, 'failed'],
}

for (const [title, [replies, result]] of Object.entries(outages)) {
  t.test(`what was found last is kept where ${title}`, async (t) => {
    const dns = await startDns(t, { [`SRV ${name}`]: srv([0, 1, 1, 'a.test']), 'A a.test': a('10.0.0.1') })
    const { changes, clock, counts, lines } = await watched(t, service(dns))
    await changes.next()
    t.same([await clock.timers.next(), await clock.timers.next()], [5000, 30_000])
    dns.say(replies)
    clock.advance(30_000)
    t.same([await clock.timers.next(), await clock.timers.next()], [5000, 1000])
    t.same([changes.length, await counts()], [0, { found: 1, [result]: 1 }])
    t.match(lines, [{ level: 40, service: 's', source: name }])
  })
}

t.test('a lookup that hears of no address in time ends, and asks nothing more', async (t) => {
  const dns = await startDns(t, { [`SRV ${name}`]: 'silence' })
  const asked = dns.when(`SRV ${name}`)
  const { source, clock, counts } = await watched(t, service(dns))
  await asked
  clock.advance(5000)
  await source.ready
  t.same([await counts(), dns.asked], [{ timeout: 1 }, [`SRV ${name}`]])
})
