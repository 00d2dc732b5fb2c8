import t from 'tap'
import { Shared } from '../src/shared.ts'

t.test('the same name and settings share one instance until the last holder lets go', async (t) => {
  const shared = new Shared()
  const disposed: object[] = []
  const lease = (settings: unknown) => shared.lease('pool:orders', settings, () => ({ settings }), (value) => disposed.push(value))
  const first = lease({ url: 'a' })
  const second = lease({ url: 'a' })
  t.equal(first.value, second.value)
  first.release()
  first.release()
  t.same(disposed, [], 'a second release of the same lease does nothing')
  second.release()
  t.same(disposed, [{ settings: { url: 'a' } }])
  t.equal(shared.size, 0)
})

t.test('changed settings get an instance of their own', async (t) => {
  const shared = new Shared()
  const old = shared.lease('pool:orders', { url: 'a' }, () => ({}), () => undefined)
  const changed = shared.lease('pool:orders', { url: 'b' }, () => ({}), () => undefined)
  t.not(old.value, changed.value)
  t.equal(shared.size, 2)
})
