import t from 'tap'
import { shares, startWorld, type Asked, type Settings } from './world.ts'

const same = '{ thing(id: 1) { id told } }'
/** The same call by another document. */
const alike = '{ thing(id: 1) { told id } }'

/** Equal but for one thing. */
const cases: [name: string, expected: 'call' | 'operation' | 'nothing', settings: Settings, first: Asked, second: Asked][] = [
  ['equal queries', 'operation', {}, {}, {}],
  ['equal calls of different queries', 'call', {}, { query: same }, { query: alike }],
  ['services that did not opt in', 'nothing', { shop: 'naming: as-is' }, {}, {}],
  ['another path', 'nothing', {}, {}, { query: '{ thing(id: 2) { id told } }' }],
  ['other variables', 'nothing', {}, ...withVariables({ id: 1 }, { id: 2 })],
  ['equal variables', 'operation', {}, ...withVariables({ id: 1 }, { id: 1 })],
  ['variables whose values call the same', 'call', {}, ...withVariables({ id: 1 }, { id: '1' })],
  ['variables of which one is named __proto__', 'nothing', {}, ...protoVariables('{"__proto__":1}', '{"__proto__":2}')],
  ['variables of which one is named constructor', 'nothing', {}, ...protoVariables('{"constructor":1}', '{"constructor":2}', 'constructor')],
  ['literals', 'nothing', {}, { query: '{ any(input: { n: 1 }) { id told } }' }, { query: '{ any(input: { n: 2 }) { id told } }' }],
  ['one key, known by it', 'operation', {}, { key: 'ada' }, { key: 'ada' }],
  ['two keys that reach nothing', 'operation', {}, { key: 'ada' }, { key: 'bob' }],
  ['two subjects in a header', 'nothing', { shop: identity('x-user: "{identity.subject}"') }, { key: 'ada' }, { key: 'bob' }],
  ['one subject in a header', 'operation', { shop: identity('x-user: "{identity.subject}"') }, { key: 'ada' }, { key: 'ada' }],
  ['a subject or none in a header', 'nothing', { shop: identity('x-user: "{identity.subject}"') }, { key: 'ada' }, {}],
  ['a constant header', 'operation', { shop: identity('x-caller: sluice') }, { key: 'ada' }, {}],
  ['two subjects in the path', 'nothing', {}, { query: '{ mine { id told } }', key: 'ada' }, { query: '{ mine { id told } }', key: 'bob' }],
  ['forwarded credentials', 'nothing', { shop: 'share: { ignore: [x-forwarded-for] }\n    forward: [x-api-key]' }, { key: 'ada' }, { key: 'bob' }],
  ['equal forwarded credentials', 'operation', { shop: 'share: { ignore: [x-forwarded-for] }\n    forward: [x-api-key]' }, { key: 'ada' }, { key: 'ada' }],
  ['two addresses that are told', 'nothing', { shop: 'share: {}' }, from('192.0.2.1'), from('192.0.2.2')],
  ['one address that is told', 'operation', { shop: 'share: {}' }, from('192.0.2.1'), from('192.0.2.1')],
  ['two addresses that are left out of account', 'operation', {}, from('192.0.2.1'), from('192.0.2.2')],
  ['two addresses that are left out of account but hashed by', 'nothing', { shop: hashed('client.address') }, from('192.0.2.1'), from('192.0.2.2')],
  ['two hosts', 'nothing', {}, from('192.0.2.1', { 'x-forwarded-host': 'a.test' }), from('192.0.2.1', { 'x-forwarded-host': 'b.test' })],
  ['two schemes', 'nothing', {}, from('192.0.2.1', { 'x-forwarded-proto': 'http' }), from('192.0.2.1', { 'x-forwarded-proto': 'https' })],
  ['two values of a sticky header', 'nothing', { shop: hashed('header.x-tenant') }, { headers: { 'x-tenant': 'a' } }, { headers: { 'x-tenant': 'b' } }],
  ['one value of a sticky header', 'operation', { shop: hashed('header.x-tenant') }, { headers: { 'x-tenant': 'a' } }, { headers: { 'x-tenant': 'a' } }],
  ['two sticky cookies', 'nothing', { shop: hashed('cookie.session') }, { headers: { cookie: 'session=a' } }, { headers: { cookie: 'session=b' } }],
  ['two cookies beside the sticky one', 'operation', { shop: hashed('cookie.session') }, { headers: { cookie: 'session=a; x=1' } }, { headers: { cookie: 'session=a; x=2' } }],
  ['two sticky subjects', 'nothing', { shop: hashed('identity.subject') }, { key: 'ada' }, { key: 'bob' }],
  ['trace headers', 'operation', {}, { headers: { 'x-request-id': 'first-request' } }, { headers: { 'x-request-id': 'second-request' } }],
  ['scopes that both have', 'operation', {}, { query: '{ secret { id told } }', key: 'cleo' }, { query: '{ secret { id told } }', key: 'dan' }],
  ['an explained query, begun first', 'call', {}, { headers: { 'x-sluice-explain': 'trace' } }, {}],
  ['an explained query', 'call', {}, {}, { headers: { 'x-sluice-explain': 'trace' } }],
  ['GET and POST to the gateway', 'operation', {}, { get: true }, {}],
  ['POST to the service', 'nothing', {}, { query: '{ search(q: "a") { id told } }' }, { query: '{ search(q: "a") { id told } }' }],
  ['under Mutation', 'nothing', {}, { query: 'mutation { change(id: 1) { id } }' }, { query: 'mutation { change(id: 1) { id } }' }],
  ['two operations of one document', 'nothing', {}, ...operations('A', 'B')],
  ['one operation of a document', 'operation', {}, ...operations('A', 'A')],
]

function identity(header: string): string {
  return `share: { ignore: [x-forwarded-for] }\n    identity: { headers: { ${header} } }`
}

function hashed(by: string): string {
  return `share: { ignore: [x-forwarded-for] }\n    balance: hash:${by}`
}

function from(address: string, more: Record<string, string> = {}): Asked {
  return { headers: { 'x-forwarded-for': address, ...more } }
}

function withVariables(first: unknown, second: unknown): [Asked, Asked] {
  const query = 'query ($id: ID!) { thing(id: $id) { id told } }'
  return [{ query, variables: first }, { query, variables: second }]
}

function protoVariables(first: string, second: string, name = '__proto__'): [Asked, Asked] {
  const query = `query ($${name}: Float) { any(input: { n: $${name} }) { id told } }`
  return [{ query, variables: JSON.parse(first) }, { query, variables: JSON.parse(second) }]
}

function operations(first: string, second: string): [Asked, Asked] {
  const query = 'query A { thing(id: 1) { id told } } query B { thing(id: 2) { id told } }'
  return [{ query, operationName: first }, { query, operationName: second }]
}

for (const [name, expected, settings, first, second] of cases) {
  t.test(`${name}: shares ${expected}`, async (t) => {
    t.equal(await shares(t, settings, first, second), expected)
  })
}

t.test('what a service is told of one client reaches no other', async (t) => {
  const world = await startWorld(t, { shop: identity('x-user: "{identity.subject}"') })
  const asked = ['ada', 'bob', 'ada', 'bob'].map((key) => world.ask({ key }))
  await world.taken(4)
  for (const held of world.held) held.answer({ id: 1, told: held.headers['x-user'] })
  t.same((await Promise.all(asked)).map(({ json }) => json.data.thing.told), ['ada', 'bob', 'ada', 'bob'])
  t.equal(world.seen.length, 2)
})
