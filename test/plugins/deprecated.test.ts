import t from 'tap'
import { deprecated } from '../../plugins/deprecated.ts'
import { exchangeOf, partsOf, routeOf } from './exchange.ts'

const { parts } = partsOf()
const route = { name: 'r', kind: 'rest', methods: null, policies: {} } as const

async function told(settings: object, headers = {}) {
  return (await routeOf([deprecated], { deprecated: settings }, parts, { headers })(exchangeOf())).headers
}

t.test('the dates, each in the form of its standard', async (t) => {
  t.match(await told({ since: '2026-01-01', sunset: '2027-06-30' }), {
    deprecation: '@1767225600',
    sunset: 'Wed, 30 Jun 2027 00:00:00 GMT',
    link: undefined,
  })
  t.match(await told({ since: '2023-06-30T23:59:59Z' }), { deprecation: '@1688169599', sunset: undefined })
})

t.test('links say where to read on, and what comes next', async (t) => {
  const settings = { since: '2026-01-01', link: 'https://shop.example/v1-ends', successor: '/v2/orders' }
  const links = ['<https://shop.example/v1-ends>; rel="deprecation"; type="text/html"', '</v2/orders>; rel="successor-version"']
  t.same((await told(settings))['link'], links)
  t.same((await told(settings, { link: '</next>; rel="next"' }))['link'], ['</next>; rel="next"', ...links], "the service's own stay")
})

t.test('check: days that are none, and a sunset before the deprecation', async (t) => {
  const check = (settings: object) => deprecated.check?.(settings, route, parts.config)
  t.match(check({ since: '2026-02-30', sunset: '2026-13-01' }), [{ pointer: '/since' }, { pointer: '/sunset' }])
  t.match(check({ since: '2026-02-30T25:00:00Z' }), [{ pointer: '/since' }])
  t.match(check({ since: '2026-02-02', sunset: '2026-02-01' }), [{ pointer: '/sunset', message: /before/ }])
  t.same(check({ since: '2026-02-02', sunset: '2026-02-02' }), [])
  t.same(check({ since: '2028-02-29T12:00:00Z' }), [])
})
