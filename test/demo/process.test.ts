import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import t from 'tap'
import { SERVICES, startService, type ServiceName } from '../../demo/process.ts'

const names = Object.keys(SERVICES) as ServiceName[]

t.test('a service logs the requests it answers, but no health checks', async (t) => {
  const users = await startService('users')
  t.teardown(() => users.stop())
  await fetch(`${users.url}/users/42`, { headers: { 'x-user-id': '42', 'x-request-id': 'r1' } })
  await fetch(`${users.url}/health`)
  await fetch(`${users.url}/users?ids=1&ids=2`)
  await fetch(`${users.url}/users/5000`)
  const wanted = [
    { service: 'users', method: 'GET', url: '/users/42', status: 200, user: '42', request_id: 'r1' },
    { service: 'users', method: 'GET', url: '/users?ids=1&ids=2', status: 200, user: null, request_id: null },
    { service: 'users', method: 'GET', url: '/users/5000', status: 404, user: null, request_id: null },
  ]
  t.strictSame(await users.requests(), wanted)
  t.strictSame(users.lines, wanted)
})

t.test('each ends when told to, with exit code 0', async (t) => {
  const services = await Promise.all(names.map((name) => startService(name)))
  // A connection that stays open must not hold a service up.
  await Promise.all(services.map(({ url }) => fetch(`${url}/health`)))
  await Promise.all(services.map((service) => service.stop()))
  for (const service of services) t.equal(await service.ended, 'ended with exit code 0', service.name)
})

t.test('each says in one line that its port is taken', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await Promise.all(names.map(async (name) => {
    const { portVariable } = SERVICES[name]
    await t.rejects(startService(name, { [portVariable]: String(port) }), {
      message: `${name}: port ${port} on 127.0.0.1 is taken; set ${portVariable} to another`,
    })
  }))
})

t.test('a port that is none is one line', async (t) => {
  for (const port of ['x', '70000', '-1', '']) {
    await t.rejects(startService('users', { USERS_PORT: port }), {
      message: `users: USERS_PORT is no port: ${JSON.stringify(port)}`,
    })
  }
})

t.test('a bad issuer is one line', async (t) => {
  await t.rejects(startService('identity', { ISSUER: 'nowhere' }), { message: /^identity: .*[Ii]ssuer[^\n]*$/ })
})

t.test('with DATA_DIR the data outlives the process', async (t) => {
  const env = { DATA_DIR: t.testdir() }
  const order = { method: 'POST', headers: { 'content-type': 'application/json', 'x-user-id': '42' } }
  const before = await startService('orders', env)
  t.teardown(() => before.stop())
  const placed = await fetch(`${before.url}/orders`, {
    ...order, body: JSON.stringify({ lines: [{ sku: 'P-0001', quantity: 1 }] }),
  })
  await before.stop()
  const after = await startService('orders', env)
  t.teardown(() => after.stop())
  t.strictSame(await (await fetch(after.url + String(placed.headers.get('location')))).json(), await placed.json())
})
