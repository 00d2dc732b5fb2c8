import t from 'tap'
import { ExpiringMap } from '../../src/state/expiring-map.ts'

t.test('what has expired is gone, and is swept as others come', async (t) => {
  const map = new ExpiringMap<number>(1000)
  for (let n = 0; n < 500; n++) map.set(`old ${n}`, n, 10, 0)
  t.equal(map.get('old 1', 9), 1)
  t.equal(map.get('old 1', 10), undefined)
  for (let n = 0; n < 100; n++) map.set(`new ${n}`, n, 1000, 20)
  t.equal(map.size, 100)
})

t.test('the bound holds, and what expires last stays', async (t) => {
  const map = new ExpiringMap<number>(8)
  for (let n = 0; n < 100; n++) map.set(`k${n}`, n, 1000 + n, 0)
  t.equal(map.size, 8)
  t.equal(map.get('k99', 0), 99)
  t.equal(map.get('k0', 0), undefined)
})

t.test('setting again changes value and expiry, and needs no room', async (t) => {
  const map = new ExpiringMap<string>(2)
  map.set('a', 'one', 10, 0)
  map.set('b', 'two', 10, 0)
  map.set('a', 'three', 20, 0)
  t.equal(map.get('a', 15), 'three')
  t.equal(map.size, 2)
  map.delete('a')
  t.equal(map.get('a', 0), undefined)
  map.clear()
  t.equal(map.size, 0)
})
