import type { IncomingMessage } from 'node:http'
import t from 'tap'
import { compileClientReader } from '../src/client-address.ts'

const read = (peer: string, headers: Record<string, string>, trusted = ['10.0.0.0/8', '::1']) =>
  compileClientReader(trusted)({ socket: { remoteAddress: peer } } as unknown as IncomingMessage, { host: 'shop.example', ...headers })
const address = (...args: Parameters<typeof read>) => read(...args).client.address

t.test('without trust the connection speaks for itself', async (t) => {
  const forged = { 'x-forwarded-for': '1.1.1.1', forwarded: 'for=2.2.2.2', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil' }
  t.match(read('9.9.9.9', forged), { trusted: false, client: { address: '9.9.9.9', host: 'shop.example', scheme: 'http' } })
  t.equal(address('10.0.0.1', forged, []), '10.0.0.1')
})

t.test('the rightmost address that no trusted proxy has is the client', async (t) => {
  t.equal(address('10.0.0.1', { 'x-forwarded-for': '6.6.6.6, 1.2.3.4, 10.0.0.2' }), '1.2.3.4')
  t.equal(address('10.0.0.1', { forwarded: 'for=6.6.6.6, for="1.2.3.4:80";proto=https, for=10.0.0.2' }), '1.2.3.4')
  t.equal(address('10.0.0.1', { 'x-forwarded-for': '10.0.0.3, 10.0.0.2' }), '10.0.0.3', 'all of them trusted: the farthest')
  t.equal(address('10.0.0.1', {}), '10.0.0.1')
})

t.test('what cannot be vouched for is not believed', async (t) => {
  t.equal(address('10.0.0.1', { 'x-forwarded-for': '1.2.3.4, nonsense' }), '10.0.0.1')
  t.equal(address('10.0.0.1', { 'x-forwarded-for': '1.2.3.4, 1' }), '10.0.0.1', 'ipaddr.js would read 0.0.0.1')
  t.equal(address('10.0.0.1', { forwarded: 'for=1.2.3.4, for=_hidden' }), '10.0.0.1')
  t.equal(address('10.0.0.1', { forwarded: 'for=1.2.3.4; for=5.6.7.8' }), '10.0.0.1', 'a malformed header says nothing')
})

t.test('an address has one spelling', async (t) => {
  t.equal(address('::ffff:9.9.9.9', {}), '9.9.9.9')
  t.equal(address('::ffff:10.0.0.1', { 'x-forwarded-for': '::FFFF:1.2.3.4' }), '1.2.3.4')
  t.equal(address('::1', { 'x-forwarded-for': '2001:DB8:0:0::0001' }), '2001:db8::1')
  t.equal(address('::1', { forwarded: 'for="[2001:DB8::1]:4711"' }), '2001:db8::1')
  t.equal(address('10.0.0.1', { 'x-forwarded-for': '1.2.3.4:5678' }), '1.2.3.4')
})

t.test('two headers that name different clients are refused, since one of them is forged', async (t) => {
  const both = (forwarded: string) => read('10.0.0.1', { 'x-forwarded-for': '1.2.3.4', forwarded })
  t.match(both('for=6.6.6.6').refusal, { code: 'BAD_REQUEST' })
  t.equal(both('for=1.2.3.4').refusal, undefined)
})

t.test('scheme and host follow the same trust', async (t) => {
  t.match(read('10.0.0.1', { 'x-forwarded-for': '1.2.3.4', 'x-forwarded-proto': 'HTTPS', 'x-forwarded-host': 'a.example' }).client, { scheme: 'https', host: 'a.example' })
  t.match(read('10.0.0.1', { forwarded: 'for=1.2.3.4;proto=https;host=a.example' }).client, { scheme: 'https', host: 'a.example' })
})
