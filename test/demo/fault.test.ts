import t from 'tap'
import { createUsersService } from '../../demo/users/service.ts'

t.test('a service misbehaves as it is told, until it is told otherwise', async (t) => {
  const app = createUsersService(() => undefined)
  t.teardown(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const tell = async (method: string, fault?: object) => {
    const body = fault === undefined ? {} : { body: JSON.stringify(fault), headers: { 'content-type': 'application/json' } }
    return (await fetch(`${url}/fault`, { method, ...body })).status
  }
  const ask = async (path = '/users/1') => (await fetch(url + path)).status

  t.equal(await ask(), 200)
  t.equal(await tell('PUT', { status: 503 }), 204)
  t.equal(await ask(), 503)
  t.equal(await ask('/health'), 200)
  t.equal(await tell('PUT', { reset: true }), 204)
  await t.rejects(ask())
  t.equal(await tell('PUT', { status: 503, delay: 1, share: 0 }), 204)
  t.equal(await ask(), 200)
  t.equal(await tell('PUT', { status: 200 }), 400)
  t.equal(await tell('PUT', { kind: 'x' }), 400)
  t.equal(await tell('PUT', { status: 500 }), 204)
  t.equal(await tell('DELETE'), 204)
  t.equal(await ask(), 200)
})
