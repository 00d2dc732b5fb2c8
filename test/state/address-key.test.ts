import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import t from 'tap'
import { addressKey } from '../../src/state/address-key.ts'

t.test('an IPv4 client counts by its address, however it is written', async (t) => {
  t.equal(addressKey('1.2.3.4'), '1.2.3.4')
  t.equal(addressKey('::ffff:1.2.3.4'), '1.2.3.4')
})

t.test('an IPv6 client counts by its network', async (t) => {
  t.equal(addressKey('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64')
  t.equal(addressKey('2001:DB8:1:2::1'), addressKey('2001:db8:1:2:ffff::'))
  t.not(addressKey('2001:db8:1:2::1'), addressKey('2001:db8:1:3::1'))
  t.equal(addressKey('2001:db8:1:2:3::1', 48), '2001:db8:1::/48')
  t.equal(addressKey('2001:db8::1', 128), '2001:db8::1')
})

t.test('two addresses share a key exactly when one network of the prefix holds both', async () => {
  fc.assert(fc.property(fc.ipV6(), fc.ipV6(), fc.integer({ min: 16, max: 127 }), (a, b, prefix) => {
    const [first, second] = [ipaddr.process(a), ipaddr.process(b)]
    if (!(first instanceof ipaddr.IPv6) || !(second instanceof ipaddr.IPv6)) return true
    return (addressKey(a, prefix) === addressKey(b, prefix)) === first.match(second, prefix)
  }))
})
