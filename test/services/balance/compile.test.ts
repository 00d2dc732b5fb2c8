import t from 'tap'
import { compileBalancer } from '../../../src/services/balance/compile.ts'
import { anonymous } from '../../../src/identity.ts'
import type { CallContext } from '../../../src/services/service.ts'
import { callContext } from '../context.ts'
import { seeded } from '../seeded.ts'
import { fleet, shares } from './fleet.ts'

t.test('round-robin takes turns', async (t) => {
  t.same(shares(compileBalancer('round-robin', seeded()), fleet(1, 1, 1), 9), [3, 3, 3])
})

t.test('least-loaded looks at calls in flight', async (t) => {
  const servers = fleet(1, 1)
  servers[0]!.inFlight = 1
  t.same(shares(compileBalancer('least-loaded', seeded()), servers, 9), [0, 9])
})

t.test('hash goes by what it names, and by nothing else', async (t) => {
  const identity = (subject: string, tenant: string) => ({ ...anonymous, subject, provider: 'main', claims: { tenant } })
  const cases: Record<string, (value: string) => Partial<CallContext>> = {
    'hash:identity.subject': (value) => ({ identity: identity(value, 'acme') }),
    'hash:identity.claims.tenant': (value) => ({ identity: identity('ada', value) }),
    'hash:client.address': (value) => ({ client: { address: value, host: 'h', scheme: 'http' } }),
    'hash:header.X-Tenant': (value) => ({ asked: { 'x-tenant': value, other: 'same' } }),
    'hash:cookie.session': (value) => ({ asked: { cookie: `other=same; session=${value}` } }),
  }
  for (const [balance, contextOf] of Object.entries(cases)) {
    const balancer = compileBalancer(balance, seeded())
    const servers = fleet(1, 1, 1, 1)
    const spread = shares(balancer, servers, 200, (call) => callContext(contextOf(`value-${call}`)))
    t.ok(spread.every((count) => count > 20), `${balance}: ${spread.join(' ')}`)
    const same = shares(balancer, servers, 200, () => callContext(contextOf('always')))
    t.same(same.filter((count) => count > 0), [200], balance)
  }
})
