import fc from 'fast-check'
import t from 'tap'
import { compileSplit } from '../../src/traffic/split.ts'
import { callContext } from '../services/context.ts'

const at = (address: string) => callContext({ client: { address, host: 'h', scheme: 'http' } })
const split = (shares: Record<string, number>, by?: string) => compileSplit({ rules: [], shares, ...(by === undefined ? {} : { by }) })

t.test('the first rule that fits decides, before any share', async (t) => {
  const groupOf = compileSplit({
    rules: [
      { if: 'header.X-Beta', is: 'yes', group: 'beta' },
      { if: 'cookie.group', is: 'blue', group: 'blue' },
      { if: 'identity.claims.plan', is: 'gold', group: 'gold' },
    ],
    shares: { canary: 1 },
  })
  const gold = { subject: 's', provider: 'p', scopes: new Set<string>(), claims: { plan: 'gold' }, expiresAt: null }
  t.equal(groupOf(callContext({ asked: { 'x-beta': 'yes', cookie: 'group=blue' } })), 'beta')
  t.equal(groupOf(callContext({ asked: { cookie: 'other=1; group=blue' }, identity: gold })), 'blue')
  t.equal(groupOf(callContext({ identity: gold })), 'gold')
  t.equal(groupOf(callContext({ asked: { 'x-beta': 'no' } })), 'canary')
})

t.test('a client keeps its group, and a share that grows moves nobody back', async () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(fc.property(fc.ipV4(), share, share, (address, one, other) => {
    const [less, more] = [Math.min(one, other), Math.max(one, other)]
    const before = split({ canary: less })(at(address))
    const after = split({ canary: more })(at(address))
    return split({ canary: less })(at(address)) === before && (before !== 'canary' || after === 'canary')
  }))
})

t.test('what a split goes by is what a client keeps its group by', async (t) => {
  const groupOf = split({ canary: 0.5 }, 'cookie.session')
  const groups = Array.from({ length: 50 }, (_, index) => groupOf(callContext({ asked: { cookie: `session=s${index}` } })))
  t.same([...new Set(groups)].sort(), ['canary', undefined])
  t.equal(groupOf(callContext({ asked: { cookie: '' } })), split({ canary: 0.5 })(callContext()), 'without it, by the address')
})

t.test('shares are kept within a few parts in a hundred', async (t) => {
  const groupOf = split({ canary: 0.1, blue: 0.3 })
  const counts: Record<string, number> = {}
  for (let index = 0; index < 20_000; index++) {
    const group = groupOf(at(`10.${index >> 8}.${index & 255}.1`)) ?? 'default'
    counts[group] = (counts[group] ?? 0) + 1
  }
  t.ok(Math.abs((counts['canary'] ?? 0) - 2000) < 200, `canary ${counts['canary']}`)
  t.ok(Math.abs((counts['blue'] ?? 0) - 6000) < 400, `blue ${counts['blue']}`)
})
