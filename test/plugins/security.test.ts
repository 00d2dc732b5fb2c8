import t from 'tap'
import { security } from '../../plugins/security.ts'
import type { AnswerHead } from '../../src/policy.ts'
import { exchangeOf, partsOf, routeOf } from './exchange.ts'

const { parts } = partsOf()
const https = () => exchangeOf({ client: { address: '192.0.2.1', host: 'a', scheme: 'https' } })

function asking(headers: AnswerHead['headers'] = {}, settings?: object) {
  return routeOf([security], settings === undefined ? {} : { security: settings }, parts, { headers })
}

t.test('a route that says nothing has the defaults of the schema', async (t) => {
  const expected = {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "frame-ancestors 'none'",
    'x-frame-options': 'DENY',
  }
  t.match((await asking()(exchangeOf())).headers, { ...expected, 'strict-transport-security': undefined })
  t.match((await asking()(https())).headers, { ...expected, 'strict-transport-security': 'max-age=15552000' })
})

t.test('https alone is asked for over https alone, whoever asks', async (t) => {
  const own = { 'strict-transport-security': 'max-age=1' }
  t.equal((await asking(own)(exchangeOf())).headers['strict-transport-security'], undefined)
  t.equal((await asking(own)(https())).headers['strict-transport-security'], 'max-age=1')
})

t.test('what the service says of itself wins, but for sniffing', async (t) => {
  const { headers } = await asking({ 'referrer-policy': 'origin', 'x-frame-options': 'SAMEORIGIN', 'x-content-type-options': 'sniff' })(exchangeOf())
  t.match(headers, { 'referrer-policy': 'origin', 'x-frame-options': 'SAMEORIGIN', 'x-content-type-options': 'nosniff' })
  t.equal(headers['content-security-policy'], undefined)
  const page = await asking({ 'content-security-policy': "default-src 'self'" })(exchangeOf())
  t.equal(page.headers['content-security-policy'], "default-src 'self'")
  t.equal(page.headers['x-frame-options'], undefined, 'the page says itself who may frame it')
})

t.test('settings', async (t) => {
  const settings = { hsts: 86_400_000, subdomains: true, frames: 'same-origin', referrer: 'same-origin' }
  t.match((await asking({}, settings)(https())).headers, {
    'strict-transport-security': 'max-age=86400; includeSubDomains',
    'content-security-policy': "frame-ancestors 'self'",
    'x-frame-options': 'SAMEORIGIN',
    'referrer-policy': 'same-origin',
  })
  const { headers } = await asking({}, { ...settings, hsts: 0, frames: 'any' })(https())
  for (const name of ['strict-transport-security', 'content-security-policy', 'x-frame-options']) t.equal(headers[name], undefined, name)
})
