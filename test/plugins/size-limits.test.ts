import t from 'tap'
import { sizeLimits } from '../../plugins/size-limits.ts'
import { exchangeOf, partsOf, routeOf } from './exchange.ts'

const { parts } = partsOf()

t.test('a body that says it is too large is refused at once', async (t) => {
  const ask = routeOf([sizeLimits], { size: { body: 100, url: 1000 } }, parts)
  t.match(await ask(exchangeOf({ headers: { 'content-length': '101' } })), { status: 413, code: 'BODY_TOO_LARGE' })
  t.match(await ask(exchangeOf({ headers: { 'content-length': '100' } })), { status: 200 })
})

t.test('one that says nothing is limited while it is read', async (t) => {
  const exchange = exchangeOf({ headers: { 'transfer-encoding': 'chunked' } })
  await routeOf([sizeLimits], { size: { body: 100, url: 1000 } }, parts)(exchange)
  t.equal(exchange.bodyLimit, 100)
})

t.test('path and query have a length', async (t) => {
  const ask = routeOf([sizeLimits], { size: { body: 100, url: 20 } }, parts)
  t.match(await ask(exchangeOf({ path: '/1234567890', query: '?12345678' })), { status: 200 })
  t.match(await ask(exchangeOf({ path: '/1234567890', query: '?123456789' })), { status: 414, code: 'URI_TOO_LONG' })
})

t.test('a route that says nothing has the defaults of the schema', async (t) => {
  const ask = routeOf([sizeLimits], {}, parts)
  t.match(await ask(exchangeOf({ headers: { 'content-length': String(1024 ** 2 + 1) } })), { status: 413 })
  t.match(await ask(exchangeOf({ query: `?${'x'.repeat(8192)}` })), { status: 414 })
  const exchange = exchangeOf()
  await ask(exchange)
  t.equal(exchange.bodyLimit, 1024 ** 2)
})
