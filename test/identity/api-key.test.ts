import t from 'tap'
import { hash } from 'node:crypto'
import { createApiKeyProvider, parseKeys } from '../../src/identity/api-key.ts'
import { checkProviders, credentialHeaders } from '../../src/identity/index.ts'

const hashed = (key: string) => `sha256:${hash('sha256', key)}`
const list = `# partners\n\n${hashed('one')} acme orders:read orders:write\r\n  ${hashed('two').toUpperCase().replace('SHA256', 'sha256')}\tzoe\n`
const provider = createApiKeyProvider('partners', { type: 'api-key', header: 'X-Api-Key', keys: list })

t.test('a key is its subject, with the scopes behind it', async (t) => {
  t.match(provider.verify('one'), { subject: 'acme', provider: 'partners', scopes: new Set(['orders:read', 'orders:write']), claims: {}, expiresAt: null })
  t.match(provider.verify('two'), { subject: 'zoe', scopes: new Set() })
})

t.test('other keys are not known, and are not shown', async (t) => {
  for (const key of ['', 'three', 'One', 'one ', hash('sha256', 'one'), hashed('one'), 'x'.repeat(100_000)]) {
    const refusal = provider.verify(key)
    t.match(refusal, { code: 'API_KEY_UNKNOWN', status: 401 })
    if (key !== '') t.notMatch(JSON.stringify(refusal), key)
  }
})

t.test('the header is read in any case', async (t) => {
  t.equal(provider.header, 'x-api-key')
  t.equal(provider.recognise({ 'x-api-key': 'one' }), 'one')
  t.equal(provider.recognise({ authorization: 'one' }), undefined)
})

t.test('a list that cannot be understood is told by its line, without what stands there', async (t) => {
  const good = `${hashed('a')} ada`
  for (const [text, message] of [
    [`${good}\nsecret-in-the-clear ada`, /^line 2 of the keys must begin with "sha256:" and 64 hexadecimal digits$/],
    ['sha256:abc ada', /^line 1 .*64 hexadecimal/],
    [`\n\n${hashed('b')}`, /^line 3 .*no subject/],
    [`${hashed('b')} # zoe`, /^line 1 .*no subject/],
    [`${good}\n${hashed('a')} bob`, /^line 2 .*stands further up/],
  ] as const) {
    t.throws(() => parseKeys(text, 'p'), { message })
    t.match(checkProviders({ listeners: {}, identity: { p: { type: 'api-key', header: 'x', keys: text } } }), [{ pointer: '/identity/p/keys', message }])
  }
  t.same(checkProviders({ listeners: {}, identity: { p: { type: 'api-key', header: 'x', keys: list } } }), [])
  t.equal(parseKeys('', 'p').size, 0)
})

t.test('every header that may carry a credential is known', async (t) => {
  t.same([...credentialHeaders({ identity: { p: { type: 'api-key', header: 'X-Key', keys: '' } } })], ['authorization', 'x-key'])
})
