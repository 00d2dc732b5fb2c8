import { Resolver } from 'node:dns/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { startDns, type DnsServer, type Reply } from '../../dns-server.ts'
import { addresses, watched } from './watched.ts'

const a = (...records: string[]): Reply => ({ ttl: 60, records })
const service = (dns: DnsServer, more = '') => `{ targets: [{ dns: "http://orders.test:8080/api"${more} }], resolvers: ["${dns.address}"] }`

/** What was asked before this is answered too. */
async function answered({ address }: DnsServer): Promise<void> {
  const resolver = new Resolver()
  resolver.setServers([address])
  await resolver.resolve4('orders.test')
  await nextTurn()
}

t.test('each address of a name is an endpoint, at the place of the target', async (t) => {
  const dns = await startDns(t, { 'A orders.test': a('10.0.0.1', '10.0.0.2'), 'AAAA orders.test': a('fd00::1') })
  const { changes } = await watched(t, service(dns, ', weight: 5, priority: 2, group: canary'))
  const place = { url: 'http://orders.test:8080/api', weight: 5, priority: 2, group: 'canary' }
  t.same(await changes.next(), ['10.0.0.1', '10.0.0.2', 'fd00::1'].map((address) => ({ ...place, address })))
})

t.test('a name is looked up again when its records have expired; only a change is told', async (t) => {
  const dns = await startDns(t, { 'A orders.test': { ttl: 20, records: ['10.0.0.1', '10.0.0.2'] }, 'AAAA orders.test': { ttl: 30, records: ['fd00::1'] } })
  const { changes, clock, counts } = await watched(t, service(dns))
  await changes.next()
  const expire = async (next: Record<string, Reply>) => {
    t.same([await clock.timers.next(), await clock.timers.next()], [5000, 20_000], 'one lookup, and then the wait')
    t.equal(clock.waiting, 1)
    dns.say(next)
    clock.advance(20_000)
  }
  await expire({ 'A orders.test': { ttl: 20, records: ['10.0.0.2', '10.0.0.1'] }, 'AAAA orders.test': a('fd00::1') })
  await expire({ 'A orders.test': a('10.0.0.3') })
  t.same(addresses(await changes.next()), ['10.0.0.3'])
  t.same([changes.length, await counts()], [0, { found: 3 }])
})

t.test('TTLs count from a second to five minutes, and a little more so that gateways do not ask together', async (t) => {
  const waits: [ttl: number, random: number, waitMs: number][] = [[0, 0, 1000], [1, 0.5, 1050], [86_400, 0, 300_000], [86_400, 1, 330_000]]
  for (const [ttl, random, waitMs] of waits) {
    const dns = await startDns(t, { 'A orders.test': { ttl, records: ['10.0.0.1'] } })
    const { clock } = await watched(t, service(dns), { random })
    t.equal(await clock.timers.next(), 5000)
    t.ok(Math.abs(await clock.timers.next() - waitMs) < 0.001, `${ttl} s`)
  }
})

const outages: [Reply | 'nothing', string, RegExp][] = [
  ['SERVFAIL', 'failed', /ESERVFAIL/],
  ['nothing', 'unknown', /ENOTFOUND/],
  [{ ttl: 60, records: [] }, 'unknown', /ENODATA/],
]

for (const [reply, result, problem] of outages) {
  t.test(`what was found last is kept while lookups end with ${String(problem)}`, async (t) => {
    const dns = await startDns(t, { 'A orders.test': { ttl: 1, records: ['10.0.0.1'] } })
    const { changes, clock, counts, lines } = await watched(t, service(dns))
    t.same(addresses(await changes.next()), ['10.0.0.1'])
    dns.say(reply === 'nothing' ? {} : { 'A orders.test': reply, 'AAAA orders.test': reply })
    for (const wait of [1000, 1000, 2000, 4000, 8000, 16_000, 30_000]) {
      t.same([await clock.timers.next(), await clock.timers.next()], [5000, wait])
      clock.advance(wait)
    }
    t.same([await clock.timers.next(), await clock.timers.next()], [5000, 30_000])
    t.same([changes.length, await counts()], [0, { found: 1, [result]: 7 }])
    t.match(lines, [{ level: 40, service: 's', source: 'orders.test', problems: [problem], msg: /kept/ }])
    t.equal(lines.length, 1)
    dns.say({ 'A orders.test': a('10.0.0.2') })
    clock.advance(30_000)
    t.same(addresses(await changes.next()), ['10.0.0.2'])
    t.match(lines[1], { level: 30, msg: 'targets are found again' })
  })
}

t.test('a first lookup that fails leaves the service without endpoints until one does not', async (t) => {
  const dns = await startDns(t, { 'A orders.test': 'SERVFAIL', 'AAAA orders.test': 'SERVFAIL' })
  const { source, changes, clock } = await watched(t, service(dns))
  await source.ready
  t.equal(changes.length, 0)
  dns.say({ 'A orders.test': a('10.0.0.1') })
  clock.advance(1000)
  t.same(addresses(await changes.next()), ['10.0.0.1'])
})

t.test('a lookup that hears nothing ends after five seconds', async (t) => {
  const dns = await startDns(t, { 'A orders.test': 'silence', 'AAAA orders.test': 'silence' })
  const asked = dns.when('A orders.test')
  const { source, clock, counts } = await watched(t, service(dns))
  await asked
  clock.advance(5000)
  await source.ready
  t.same(await counts(), { timeout: 1 })
  t.same([clock.waiting, await clock.timers.next(), await clock.timers.next()], [1, 5000, 1000])
})

t.test('a family that is not answered does not hold up the other, and is as it was', async (t) => {
  const v4 = { 'A orders.test': { ttl: 60, records: ['10.0.0.1'] } }
  const dns = await startDns(t, { ...v4, 'AAAA orders.test': 'silence' })
  const asked = dns.when('AAAA orders.test')
  const { changes, clock } = await watched(t, service(dns))
  await asked
  await answered(dns)
  clock.advance(5000)
  t.same(addresses(await changes.next()), ['10.0.0.1'])
  dns.say({ ...v4, 'AAAA orders.test': a('fd00::1') })
  clock.advance(60_000)
  t.same(addresses(await changes.next()), ['10.0.0.1', 'fd00::1'])
  dns.say({ 'A orders.test': a('10.0.0.2'), 'AAAA orders.test': 'SERVFAIL' })
  for (const wait of [5000, 60_000, 5000, 60_000]) t.equal(await clock.timers.next(), wait)
  clock.advance(60_000)
  t.same(addresses(await changes.next()), ['10.0.0.2', 'fd00::1'])
})

t.test('closing ends the lookup in flight, and the wait for the next', async (t) => {
  const dns = await startDns(t, { 'A orders.test': 'silence', 'AAAA orders.test': 'silence' })
  const asked = dns.when('A orders.test')
  const { source, clock, changes, counts } = await watched(t, service(dns))
  await asked
  source.close()
  await source.ready
  t.same([clock.waiting, changes.length, await counts()], [0, 0, {}])
  dns.say({ 'A orders.test': a('10.0.0.1') })
  const other = await watched(t, service(dns))
  await other.changes.next()
  await other.source.ready
  other.source.close()
  t.equal(other.clock.waiting, 0)
})

t.test('an address in the place of a name is just that', async (t) => {
  const { changes, clock } = await watched(t, '{ targets: [{ dns: "http://127.0.0.1:1" }, { dns: "http://[::1]:2" }] }')
  t.same(await changes.next(), [{ url: 'http://127.0.0.1:1', weight: 1, priority: 0 }, { url: 'http://[::1]:2', weight: 1, priority: 0 }])
  t.equal(clock.waiting, 0)
})

t.test('a name that DNS does not know may be in the hosts file', async (t) => {
  const { changes } = await watched(t, '{ targets: [{ dns: "http://localhost:1" }] }')
  t.ok(addresses(await changes.next()).every((address) => address === '127.0.0.1' || address === '::1'))
})
