import t from 'tap'
import { createUsersService } from '../../demo/users/service.ts'
import { openContract } from './contract.ts'

const app = createUsersService(() => undefined)
const contract = openContract(app, new URL('../../demo/users/openapi.yaml', import.meta.url))
t.teardown(() => app.close())
const get = (url: string) => contract.request({ method: 'GET', url })
const idsOf = (users: { id: number }[]) => users.map(({ id }) => id)

t.test('one user', async (t) => {
  const user = (await get('/users/42')).json()
  t.equal(user.id, 42)
  t.strictSame(Object.keys(user), ['id', 'full_name', 'email', 'country', 'created_at'])
  t.match((await get('/users/1001')).json(), { error: { code: 'not_found', message: /1001/ } })
  for (const id of ['0', '-1', '1.5', 'abc', '99999999999999999999']) {
    t.match(await get(`/users/${id}`), { statusCode: 400 }, id)
  }
})

t.test('users by their ids: unknown ones are left out, each comes once', async (t) => {
  t.strictSame(idsOf((await get('/users?ids=7&ids=1&ids=5000&ids=7')).json()), [1, 7])
  t.strictSame(idsOf((await get('/users?ids=3')).json()), [3])
  const hundred = Array.from({ length: 100 }, (_, index) => `ids=${index + 1}`).join('&')
  t.equal((await get(`/users?${hundred}`)).json().length, 100)
  for (const query of [`${hundred}&ids=101`, 'ids=x', 'ids=1&first=2', 'ids=1&after=2']) {
    t.match((await get(`/users?${query}`)).json(), { error: { code: 'bad_request' } }, query)
  }
})

t.test('users page by page', async (t) => {
  t.equal((await get('/users')).json().length, 20)
  t.strictSame(idsOf((await get('/users?first=3&after=41')).json()), [42, 43, 44])
  t.strictSame((await get('/users?after=1000')).json(), [])
  for (const query of ['first=0', 'first=101', 'after=-1', 'page=2']) {
    t.match(await get(`/users?${query}`), { statusCode: 400 }, query)
  }
})

t.test('what it serves is what it describes', async (t) => {
  t.match(await get('/health'), { statusCode: 200, body: '{"status":"ok"}' })
  t.match((await get('/openapi.yaml')).body, /^openapi: 3\.1\.0/)
  t.match(await app.inject('/nowhere'), { statusCode: 404, body: /"code":"not_found"/ })
  t.strictSame(contract.undescribed(), [])
  t.strictSame(contract.unserved(), [])
  t.strictSame(contract.unseen(), [])
})
