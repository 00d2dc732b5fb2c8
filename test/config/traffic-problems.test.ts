import t from 'tap'
import { base, problemsOf } from './folder.ts'

const service = 'services: { orders: { targets: [{ url: http://127.0.0.1 }, { url: http://127.0.0.2, group: canary }] } }\n'

t.test('groups that no target is in, shares that are too much, and copies to nobody', async (t) => {
  const route = `routes:
  a:
    match: { path: /a }
    to:
      service: orders
      mirror: { service: order }
      split:
        rules: [{ if: header.x-beta, is: yes, group: canry }]
        shares: { canary: 60%, blue: 50% }
`
  t.same(await problemsOf(t, { 'a.yaml': base, 'b.yaml': service + route }), [
    'routes/b.yaml:7:26: routes.a.to.mirror.service: there is no service "order"; did you mean "orders"?',
    'routes/b.yaml:9:54: routes.a.to.split.rules.0.group: no target of the service is in the group "canry"; did you mean "canary"?',
    'routes/b.yaml:10:9: routes.a.to.split.shares: the shares come to more than 100%',
    'routes/b.yaml:10:38: routes.a.to.split.shares.blue: no target of the service is in the group "blue"',
  ])
})

t.test('hedged paths that are no patterns', async (t) => {
  const text = 'services: { orders: { targets: [{ url: http://127.0.0.1 }], hedge: { paths: ["/a/*/b"] } } }\n'
  const [problem] = await problemsOf(t, { 'a.yaml': base, 'b.yaml': text })
  t.match(problem, /^routes\/b\.yaml:1:78: services\.orders\.hedge\.paths\.0: /)
})
