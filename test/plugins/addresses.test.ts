import t from 'tap'
import { addresses } from '../../plugins/addresses.ts'
import { exchangeOf, partsOf, routeOf } from './exchange.ts'

const { parts } = partsOf()

async function status(settings: { allow?: string[]; deny?: string[] }, address: string): Promise<number> {
  const ask = routeOf([addresses], { addresses: { allow: [], deny: [], ...settings } }, parts)
  return (await ask(exchangeOf({ client: { address, host: 'a', scheme: 'http' } }))).status
}

t.test('only who is listed may call, where someone is', async (t) => {
  const allow = ['10.0.0.0/8', '192.0.2.7', '2001:db8::/32']
  for (const address of ['10.1.2.3', '192.0.2.7', '2001:db8:1::1']) t.equal(await status({ allow }, address), 200, address)
  for (const address of ['11.0.0.1', '192.0.2.8', '2001:db9::1', '::1']) t.equal(await status({ allow }, address), 403, address)
})

t.test('who is denied may not, though allowed as well', async (t) => {
  const lists = { allow: ['10.0.0.0/8'], deny: ['10.9.0.0/16'] }
  t.equal(await status(lists, '10.8.0.1'), 200)
  t.equal(await status(lists, '10.9.0.1'), 403)
  t.equal(await status({ deny: ['10.9.0.0/16'] }, '8.8.8.8'), 200)
  t.equal(await status({ deny: ['10.9.0.0/16'] }, '2001:db8::1'), 200)
})

t.test('one client has one spelling, in the list and in the request', async (t) => {
  for (const range of ['10.0.0.0/8', '::ffff:10.0.0.0/104', '::ffff:a00:0/104', '::FFFF:10.1.2.3']) {
    for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '::ffff:a01:203', '0:0:0:0:0:FFFF:0A01:0203']) {
      t.equal(await status({ deny: [range] }, address), 403, `${range} ${address}`)
      t.equal(await status({ allow: [range] }, address), 200, `${range} ${address}`)
    }
  }
  t.equal(await status({ deny: ['2001:DB8::1'] }, '2001:0db8:0:0:0:0:0:1'), 403)
})

t.test('what is no address is nobody', async (t) => {
  for (const address of ['', 'unknown', '10.1', '10.0.0.0/8']) {
    t.equal(await status({ allow: ['0.0.0.0/0', '::/0'] }, address), 403, address)
    t.equal(await status({ deny: ['10.0.0.0/8'] }, address), 403, address)
  }
})

t.test('a refusal says no more than it must', async (t) => {
  const ask = routeOf([addresses], { addresses: { allow: ['10.0.0.0/8'], deny: [] } }, parts)
  t.match(await ask(exchangeOf()), { status: 403, code: 'FORBIDDEN', arrived: false })
})

t.test('a route without lists has no part in it', async (t) => {
  const route = { name: 'r', kind: 'rest', methods: null, policies: {} } as const
  t.equal(addresses.apply(route, undefined, parts), undefined)
  t.equal(addresses.apply(route, { allow: [], deny: [] }, parts), undefined)
})

t.test('check: what is no range', async (t) => {
  const route = { name: 'r', kind: 'rest', methods: null, policies: {} } as const
  const wrong = ['10.1', '1', '10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/8/8', 'localhost', 'fe80::1%eth0', '::ffff:10.0.0.0/64', '']
  t.match(addresses.check?.({ allow: wrong, deny: [] }, route, parts.config), wrong.map((_, index) => ({ pointer: `/allow/${index}` })))
  t.same(addresses.check?.({ allow: ['::/0'], deny: ['10.0.0.0/8', '::ffff:1.2.3.4'] }, route, parts.config), [])
})
