import fc from 'fast-check'
import t from 'tap'
import { startWorld, type Asked, type Held } from './world.ts'

/** What makes clients differ, told to the service or not. */
const clients: Asked[] = [
  {}, { key: 'ada' }, { key: 'bob' }, { key: 'cleo' }, { key: 'dan' },
  { headers: { 'x-forwarded-for': '192.0.2.1' } },
  { key: 'ada', headers: { 'x-forwarded-for': '192.0.2.2' } },
  { headers: { 'x-forwarded-host': 'a.test', 'x-forwarded-for': '192.0.2.1' } },
  { headers: { 'x-tenant': 'a' } }, { headers: { 'x-tenant': 'b' } }, { key: 'cleo', headers: { 'x-tenant': 'a' } },
]

const told = '{ id told version }'
const byId = `query ($id: ID!) { thing(id: $id) ${told} }`
const two = `query A { thing(id: 1) ${told} } query B { secret ${told} }`

const queries: Asked[] = [
  { query: `{ thing(id: 1) ${told} }` },
  { query: `{ a: thing(id: 1) ${told} }` },
  { query: `{ thing(id: 2) ${told} }` },
  { query: byId, variables: { id: 1 } },
  { query: byId, variables: { id: 2 } },
  { query: byId, variables: { id: '1' } },
  { query: byId, variables: {} },
  { query: `{ mine ${told} }` },
  { query: `{ secret ${told} thing(id: 1) ${told} }` },
  { query: `{ guarded ${told} }` },
  { query: `{ guarded ${told} mine ${told} }` },
  { query: `{ thing(id: 1) { id next ${told} } }` },
  { query: `{ other ${told} thing(id: 2) ${told} }` },
  { query: two, operationName: 'A' },
  { query: two, operationName: 'B' },
]

type Step = { kind: 'ask', asked: Asked } | { kind: 'answer', which: number } | { kind: 'write' }

/** Few clients that ask few queries often, so that they meet. */
const steps = fc.tuple(
  fc.shuffledSubarray(clients, { minLength: 2, maxLength: 3 }), fc.shuffledSubarray(queries, { minLength: 1, maxLength: 2 }),
).chain(([some, few]) => fc.array(stepOf(some, few), { minLength: 4, maxLength: 25 }))

function stepOf(some: readonly Asked[], few: readonly Asked[]): fc.Arbitrary<Step> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.tuple(fc.constantFrom(...some), fc.constantFrom(...few)).map(([client, query]): Step => ({ kind: 'ask', asked: { ...client, ...query } })) },
    { weight: 2, arbitrary: fc.nat().map((which): Step => ({ kind: 'answer', which })) },
    { weight: 1, arbitrary: fc.constant<Step>({ kind: 'write' }) },
  )
}

const rules = 'access: [{ path: /guarded, scopes: [secret] }]'
const settings: Record<string, string> = {
  'the address is told': rules,
  'who asks is told': `${rules}\n    identity: { headers: { x-user: "{identity.subject}" } }`,
  'credentials are forwarded': `${rules}\n    forward: [x-api-key]`,
  'a tenant sticks to a target': `${rules}\n    balance: hash:header.x-tenant`,
}

/** What a service knows of whoever asks, but for what only traces. */
const inputs = ['x-user', 'x-api-key', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'accept']

function sayOf({ url, headers }: Held, version: number, ignored: string[]) {
  const names = inputs.filter((name) => !ignored.includes(name))
  // Each gateway has a port of its own.
  const told = names.map((name) => String(headers[name]).replace(/^127\.0\.0\.1:\d+$/, 'gateway'))
  return { id: url, nextId: '3', version, told: told.join(' ') }
}

const versionsIn = (text: string) => [...text.matchAll(/"version":(\d+)/g)].map(([, version]) => Number(version))
const withoutVersions = (text: string) => text.replaceAll(/"version":\d+/g, '"version":0')

for (const [name, shop] of Object.entries(settings)) {
  for (const ignored of [[], ['x-forwarded-for']]) {
    t.test(`${name}${ignored.length === 0 ? '' : ', and left out of account'}: everybody gets what they would have got alone`, async (t) => {
      let [holding, version] = [true, 0]
      const alone = await startWorld(t, { shop, arrive: (held) => held.answer(sayOf(held, 0, ignored)) })
      const world = await startWorld(t, {
        shop: `share: { ignore: [${ignored.join(', ')}] }\n    ${shop}`,
        arrive(held) {
          if (held.method === 'POST') version += 1
          // An answer says what was known when it was asked for.
          const known = version
          const { answer } = held
          held.answer = () => answer(sayOf(held, known, ignored))
          if (!holding || held.method === 'POST') held.answer()
        },
      })
      const expected = new Map<string, string>()
      const expect = async (asked: Asked) => {
        const key = JSON.stringify(asked)
        const known = expected.get(key) ?? JSON.stringify((await alone.ask(asked)).json)
        expected.set(key, known)
        return known
      }
      await fc.assert(fc.asyncProperty(steps, async (steps) => {
        holding = true
        const pending: Promise<void>[] = []
        for (const each of steps) {
          if (each.kind === 'write') await world.rest('POST', '/things/1')
          else if (each.kind === 'answer') world.held[each.which % Math.max(1, world.held.length)]?.answer()
          else pending.push(check(each.asked))
        }
        holding = false
        for (const held of world.held.splice(0)) held.answer()
        await Promise.all(pending)
      }), { numRuns: 40 })

      async function check(asked: Asked): Promise<void> {
        const least = version
        const text = JSON.stringify((await world.ask(asked)).json)
        const wanted = withoutVersions(await expect(asked))
        if (withoutVersions(text) !== wanted) throw new Error(`${JSON.stringify(asked)} got ${text}, not ${wanted}`)
        if (versionsIn(text).some((each) => each < least && !text.includes('/other'))) throw new Error(`${JSON.stringify(asked)} got ${text}, before write ${least}`)
      }
      t.ok(world.joined.calls + world.joined.operations > 0, 'something was shared')
      t.comment(`${JSON.stringify(world.joined)} of ${world.seen.length}`)
    })
  }
}
