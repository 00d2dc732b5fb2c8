import { pino } from 'pino'
import t from 'tap'
import { adminRoutes } from '../../src/admin/routes.ts'
import { openRuntime } from '../../src/runtime.ts'
import { Server } from '../../src/server.ts'

async function open(token?: string | (() => string)) {
  const runtime = openRuntime(pino({ level: 'silent' }), {})
  return adminRoutes(new Server(runtime), runtime, typeof token === 'function' ? token : () => token)
}

t.test('without a token all is open, which only a loopback listener may be', async (t) => {
  const app = await open()
  t.equal((await app.inject('/metrics')).statusCode, 200)
  t.equal((await app.inject('/healthz')).statusCode, 200)
  t.equal((await app.inject('/readyz')).statusCode, 503, 'no gateway is there yet')
})

t.test('with a token only the health checks are open', async (t) => {
  const app = await open('0123456789abcdef')
  t.equal((await app.inject('/healthz')).statusCode, 200)
  t.match((await app.inject('/metrics')).json(), { code: 'UNAUTHENTICATED' })
  t.equal((await app.inject('/none')).statusCode, 401)
  t.equal((await app.inject({ url: '/metrics', headers: { authorization: 'Bearer 0123456789abcdef' } })).statusCode, 200)
})

t.test('a token that a reload withdraws counts no longer', async (t) => {
  let token = 'the-first-token-0'
  const app = await open(() => token)
  const ask = async (sent: string) => (await app.inject({ url: '/metrics', headers: { authorization: `Bearer ${sent}` } })).statusCode
  t.equal(await ask('the-first-token-0'), 200)
  token = 'the-second-token-'
  t.equal(await ask('the-first-token-0'), 401)
  t.equal(await ask('the-second-token-'), 200)
})

t.test('guessing the token is cut off by address, and the right token still works', async (t) => {
  const app = await open('0123456789abcdef')
  const guess = () => app.inject({ url: '/metrics', headers: { authorization: 'Bearer wrong' } })
  for (let tries = 0; tries < 10; tries++) t.equal((await guess()).statusCode, 401)
  t.match((await guess()).json(), { code: 'RATE_LIMITED', status: 429 })
  t.equal((await app.inject({ url: '/metrics', headers: { authorization: 'Bearer 0123456789abcdef' } })).statusCode, 200)
})
