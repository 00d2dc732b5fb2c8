import fc from 'fast-check'
import t from 'tap'
import { nodeAddress, parseForwarded } from '../src/forwarded.ts'

t.test('the examples of RFC 7239', async (t) => {
  t.same(parseForwarded('for="_gazonk"'), [{ for: '_gazonk' }])
  t.same(parseForwarded('For="[2001:db8:cafe::17]:4711"'), [{ for: '[2001:db8:cafe::17]:4711' }])
  t.same(parseForwarded('for=192.0.2.60;proto=http;by=203.0.113.43'), [{ for: '192.0.2.60', proto: 'http', by: '203.0.113.43' }])
  t.same(parseForwarded('for=192.0.2.43, for=198.51.100.17'), [{ for: '192.0.2.43' }, { for: '198.51.100.17' }])
})

t.test('separators within quotes separate nothing', async (t) => {
  t.same(parseForwarded('for="a,b;c=\\"d\\"", for=e'), [{ for: 'a,b;c="d"' }, { for: 'e' }])
})

t.test('what is malformed is not read at all', async (t) => {
  for (const text of ['', ',', 'for', 'for=', 'for=a;for=b', 'for="a', 'for=a b', 'for=[::1]', 'for=192.0.2.1:80', '=a']) {
    t.equal(parseForwarded(text), undefined, text)
  }
})

t.test('only an address is an address', async (t) => {
  t.equal(nodeAddress('192.0.2.1'), '192.0.2.1')
  t.equal(nodeAddress('192.0.2.1:80'), '192.0.2.1')
  t.equal(nodeAddress('[::1]:_port'), '::1')
  for (const node of [undefined, 'unknown', '_hidden', '::1', '[::1', '192.0.2', 'example.com']) t.equal(nodeAddress(node), undefined)
})

t.test('any quoted text survives', async () => {
  fc.assert(fc.property(fc.string(), (text) => {
    const written = `for="${text.replace(/["\\]/g, '\\$&')}"`
    const [element] = parseForwarded(written) ?? []
    return /\n|\r|\u2028|\u2029/.test(text) || element?.['for'] === text
  }))
})
