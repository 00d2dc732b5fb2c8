import t from 'tap'
import { requestId } from '../../plugins/request-id.ts'
import { exchangeOf, partsOf, routeOf } from './exchange.ts'

t.test('answers carry the id, whatever the service said', async (t) => {
  const ask = routeOf([requestId], {}, partsOf().parts, { headers: { 'x-request-id': 'of the service' } })
  t.equal((await ask(exchangeOf())).headers['x-request-id'], 'the-id')
})

t.test('a route can keep the id to itself', async (t) => {
  const ask = routeOf([requestId], { requestId: { answer: false } }, partsOf().parts)
  t.equal((await ask(exchangeOf())).headers['x-request-id'], undefined)
})
