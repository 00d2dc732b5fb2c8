import t from 'tap'
import type { ServiceSettings } from '../../../src/config/schema.ts'
import { exactText } from '../../../src/compose/share/exact.ts'
import { compileInputs } from '../../../src/compose/share/inputs.ts'
import { anonymous, type Identity } from '../../../src/identity.ts'
import { buildFrom } from '../../gateway.ts'

t.test('text is the same for equal values only, or there is none', (t) => {
  const differ = [
    [1], ['1'], [null], ['null'], [[]], [{}], [{ a: 1 }], [{ a: '1' }], [[1, 2]], ['1,2'], [new Set(['a'])], [new Set(['a', 'b'])], [''], [true],
    [JSON.parse('{"__proto__":1}')], [JSON.parse('{"__proto__":2}')], ['a', 'b'], ['a","b'], ['\ud800'], ['\udfff'],
  ]
  const texts = differ.map(exactText)
  t.equal(new Set(texts).size, differ.length)
  t.equal(exactText([new Set(['b', 'a'])]), exactText([new Set(['a', 'b'])]))
  t.equal(exactText([JSON.parse('1e999')]), undefined)
  t.equal(exactText([{ deep: [{ n: -Infinity }] }]), undefined)
  t.end()
})

const client = { address: '192.0.2.1', host: 'a.test', scheme: 'http' } as const

async function shopOf(t: Parameters<typeof buildFrom>[0], shop: string): Promise<ServiceSettings> {
  const { gateway } = await buildFrom(t, {
    'routes/gateway.yaml': `listeners: { public: { host: 127.0.0.1, port: 0 } }\nservices: { shop: { targets: [{ url: "http://127.0.0.1:1" }], share: {}, ${shop} } }`,
  })
  const settings = gateway.config.services['shop']
  if (settings === undefined) throw new Error('there is no shop')
  return settings
}

t.test('claims and groups of targets are inputs', async (t) => {
  const { sent } = compileInputs(await shopOf(t, 'identity: { headers: { x-tenant: "{identity.claims.tenant}" } }'))
  const of = (claims: Identity['claims'], group?: string) =>
    JSON.stringify(sent({ identity: { ...anonymous, subject: '7', claims }, client, asked: {}, credentials: {}, group }))
  t.equal(of({ tenant: 'a', jti: 1 }), of({ tenant: 'a', jti: 2 }), 'what reaches nothing is none')
  t.not(of({ tenant: 'a' }), of({ tenant: 'b' }))
  t.not(of({ tenant: 'a' }), of({}))
  t.not(of({ tenant: 'a' }), of({ tenant: 'a' }, 'canary'))
})

t.test('what no header can carry is shared with nobody', async (t) => {
  const { sent } = compileInputs(await shopOf(t, 'identity: { headers: { x-user: "{identity.subject}" } }'))
  t.equal(sent({ identity: { ...anonymous, subject: 'a\nb' }, client, asked: {}, credentials: {} }), undefined)
})

t.test('what the access rules make of an identity, by rule', async (t) => {
  const { allowed } = compileInputs(await shopOf(t, 'access: [{ path: /a, scopes: [read] }, { path: /b, claims: { tier: gold } }]'))
  const who = (scopes: string[], claims: Identity['claims']) => allowed({ ...anonymous, subject: '7', scopes: new Set(scopes), claims })
  t.same(who(['read', 'more'], { tier: 'gold', x: 1 }), who(['read'], { tier: 'gold' }))
  t.same(new Set([who([], {}), who(['read'], {}), who([], { tier: 'gold' }), who(['read'], { tier: 'gold' })].map((each) => JSON.stringify(each))).size, 4)
})
