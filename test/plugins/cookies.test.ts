import t from 'tap'
import { cookies } from '../../plugins/cookies.ts'
import { exchangeOf, partsOf, routeOf } from './exchange.ts'

const { parts } = partsOf()
const route = { name: 'r', kind: 'rest', methods: null, policies: {} } as const

async function flagged(cookie: string | string[], more: object = {}) {
  const settings = { secure: true, httpOnly: true, sameSite: 'lax', except: [], ...more }
  const ask = routeOf([cookies], { cookies: settings }, parts, { headers: { 'set-cookie': cookie } })
  return (await ask(exchangeOf())).headers['set-cookie']
}

t.test('every cookie gets the flags, and keeps what else it says', async (t) => {
  t.same(await flagged(['a=1', 'b=2; Path=/; Max-Age=60; Domain=example.com']), [
    'a=1; Secure; HttpOnly; SameSite=Lax',
    'b=2; Path=/; Max-Age=60; Domain=example.com; Secure; HttpOnly; SameSite=Lax',
  ])
  t.same(await flagged('a="x y"; Expires=Wed, 21 Oct 2026 07:28:00 GMT'), ['a="x y"; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Secure; HttpOnly; SameSite=Lax'])
})

t.test('a flag stands once, however it was written', async (t) => {
  t.same(await flagged('a=1; SECURE ; httponly=x;samesite = lax'), ['a=1; SECURE; httponly=x; SameSite=Lax'])
  t.same(await flagged('a=1; SameSite=Strict; SameSite=None'), ['a=1; Secure; HttpOnly; SameSite=Lax'], 'browsers take the last')
})

t.test('a value that looks like a flag is none', async (t) => {
  t.same(await flagged('secure=httponly'), ['secure=httponly; Secure; HttpOnly; SameSite=Lax'])
  t.same(await flagged('a=1; Path=/secure'), ['a=1; Path=/secure; Secure; HttpOnly; SameSite=Lax'])
})

t.test('the stricter SameSite stays', async (t) => {
  t.same(await flagged('a=1; SameSite=Strict'), ['a=1; Secure; HttpOnly; SameSite=Strict'])
  t.same(await flagged('a=1; SameSite=None'), ['a=1; Secure; HttpOnly; SameSite=Lax'])
  t.same(await flagged('a=1; SameSite=odd'), ['a=1; Secure; HttpOnly; SameSite=Lax'])
  t.same(await flagged('a=1; SameSite=Lax', { sameSite: 'strict' }), ['a=1; Secure; HttpOnly; SameSite=Strict'])
  t.same(await flagged('a=1; SameSite=None', { sameSite: 'none' }), ['a=1; Secure; HttpOnly; SameSite=None'])
  t.same(await flagged('a=1', { sameSite: 'none' }), ['a=1; Secure; HttpOnly'])
})

t.test('flags can be left to the service, and cookies left alone', async (t) => {
  t.same(await flagged('a=1', { secure: false, httpOnly: false, sameSite: 'none' }), ['a=1'])
  t.same(await flagged(['csrf=1; Path=/', 'csrf2=1'], { except: ['csrf'] }), ['csrf=1; Path=/', 'csrf2=1; Secure; HttpOnly; SameSite=Lax'])
})

t.test('an answer without cookies stays without', async (t) => {
  const ask = routeOf([cookies], { cookies: { secure: true, httpOnly: true, sameSite: 'lax', except: [] } }, parts)
  t.notOk('set-cookie' in (await ask(exchangeOf())).headers)
  t.equal(cookies.apply(route, undefined, parts), undefined)
})

t.test('check: what can be no name', async (t) => {
  t.match(cookies.check?.({ secure: true, httpOnly: true, sameSite: 'lax', except: ['ok', 'a=b', 'x;y'] }, route, parts.config), [
    { pointer: '/except/1' }, { pointer: '/except/2' },
  ])
})
