import type { Test } from 'tap'
import type { Limit, State } from '../../src/state/state.ts'

export interface Opened {
  state: State
  /** Lets time pass, as the store sees it. */
  advance: (ms: number) => Promise<void> | void
}

const hour = 3_600_000

/** Ten an hour of six minutes each: far above what a test takes, so that real time passing changes nothing. */
const limit: Limit = { name: 'ten', intervalMs: hour / 10, burst: 10 }

/** Behaves alike in every store; a store only says how it is opened, empty. */
export function testState(t: Test, open: (t: Test) => Promise<Opened>): void {
  const take = async (state: State, key = 'k', cost = 1, of = limit) => state.take(of, key, cost)
  const allowed = async (state: State, times: number) => {
    let count = 0
    for (let n = 0; n < times; n++) if ((await take(state)).allowed) count += 1
    return count
  }

  t.test('a burst can be taken at once, and not one more', async (t) => {
    const { state } = await open(t)
    for (let left = 9; left >= 0; left--) t.match(await take(state), { allowed: true, remaining: left, retryMs: 0 })
    const refused = await take(state)
    t.match(refused, { allowed: false, remaining: 0 })
    t.equal(Math.ceil(refused.retryMs / 60_000), 6, 'the next unit flows in after its interval')
    t.equal(Math.ceil(refused.resetMs / 60_000), 60)
  })

  t.test('units flow back one by one', async (t) => {
    const { state, advance } = await open(t)
    await allowed(state, 10)
    await advance(hour / 10)
    t.match(await take(state), { allowed: true, remaining: 0 })
    t.match(await take(state), { allowed: false })
    await advance(3 * hour / 10)
    t.equal(await allowed(state, 9), 3)
    await advance(10 * hour)
    t.equal(await allowed(state, 20), 10, 'never more than the burst, however long nothing was taken')
  })

  t.test('keys and limits count apart', async (t) => {
    const { state } = await open(t)
    t.equal(await allowed(state, 11), 10)
    t.ok((await take(state, 'other')).allowed)
    t.match(await take(state, 'k', 1, { ...limit, name: 'eleven', burst: 11 }), { allowed: true, remaining: 10 })
  })

  t.test('a take gets all of its cost or nothing', async (t) => {
    const { state } = await open(t)
    t.match(await take(state, 'k', 7), { allowed: true, remaining: 3 })
    const refused = await take(state, 'k', 4)
    t.match(refused, { allowed: false, remaining: 3 })
    t.equal(Math.ceil(refused.retryMs / 60_000), 6)
    t.match(await take(state, 'k', 3), { allowed: true, remaining: 0 })
  })

  t.test('what exceeds the burst is never allowed, and says so', async (t) => {
    const { state } = await open(t)
    t.match(await take(state, 'k', 11), { allowed: false, remaining: 10, retryMs: Infinity })
  })

  t.test('taking nothing tells what there is', async (t) => {
    const { state } = await open(t)
    t.match(await take(state, 'k', 0), { allowed: true, remaining: 10, resetMs: 0 })
    await take(state, 'k', 4)
    t.match(await take(state, 'k', 0), { allowed: true, remaining: 6 })
  })

  t.test('settling gives back and takes more', async (t) => {
    const { state } = await open(t)
    await take(state, 'k', 5)
    await state.settle(limit, 'k', -2)
    t.match(await take(state, 'k', 0), { remaining: 7 })
    await state.settle(limit, 'k', -100)
    t.match(await take(state, 'k', 0), { remaining: 10, resetMs: 0 }, 'nothing is given beyond the burst')
    await state.settle(limit, 'k', 12)
    const { remaining, resetMs } = await take(state, 'k', 0).then(() => take(state))
    t.equal(remaining, 0)
    t.equal(Math.ceil(resetMs / 360_000), 12, 'what was used beyond the burst is owed')
  })

  t.test('concurrent takes are each counted', async (t) => {
    const { state } = await open(t)
    const takes = await Promise.all(Array.from({ length: 30 }, () => take(state)))
    t.equal(takes.filter((one) => one.allowed).length, 10)
  })

  t.test('odd intervals and keys of any text are exact', async (t) => {
    const { state } = await open(t)
    const odd: Limit = { name: 'odd', intervalMs: hour / 7, burst: 1000 }
    const seen: number[] = []
    for (let n = 0; n < 1000; n++) {
      const { allowed, remaining } = await take(state, 'ключ\n:*"', 1, odd)
      seen.push(allowed ? remaining : -1)
    }
    t.same(seen, Array.from({ length: 1000 }, (_, n) => 999 - n))
    t.notOk((await take(state, 'ключ\n:*"', 1, odd)).allowed)
  })

  t.test('a limit that became smaller refuses until it is met', async (t) => {
    const { state, advance } = await open(t)
    await take(state, 'k', 10)
    const smaller = { ...limit, burst: 5 }
    t.match(await take(state, 'k', 1, smaller), { allowed: false, remaining: 0 })
    await advance(6 * hour / 10)
    t.match(await take(state, 'k', 1, smaller), { allowed: true, remaining: 0 })
  })

  t.test('values are kept until they expire', async (t) => {
    const { state, advance } = await open(t)
    t.equal(await state.get('v'), undefined)
    await state.set('v', 'one', hour)
    t.equal(await state.get('v'), 'one')
    await state.set('v', '', hour)
    t.equal(await state.get('v'), '')
    await advance(hour + 1)
    t.equal(await state.get('v'), undefined)
  })

  t.test('a free key is taken by one alone', async (t) => {
    const { state, advance } = await open(t)
    const won = await Promise.all(['a', 'b', 'c'].map(async (value) => state.setIfAbsent('v', value, hour)))
    t.same(won, [true, false, false])
    t.equal(await state.get('v'), 'a')
    await advance(hour + 1)
    t.equal(await state.setIfAbsent('v', 'd', hour), true)
    t.equal(await state.get('v'), 'd')
  })

  t.test('values may be large, and change their size', async (t) => {
    const { state, advance } = await open(t)
    const large = 'x'.repeat(500_000)
    await state.set('v', 'small', hour)
    await state.set('v', large, hour)
    t.equal(await state.get('v'), large)
    t.equal(await state.setIfAbsent('v', 'small', hour), false)
    await state.set('v', 'small', hour)
    t.equal(await state.get('v'), 'small')
    await state.set('v', large, hour)
    await advance(hour + 1)
    t.equal(await state.get('v'), undefined)
  })

  t.test('a key that was deleted is free', async (t) => {
    const { state } = await open(t)
    await state.delete('v')
    for (const value of ['small', 'x'.repeat(10_000)]) {
      await state.set('v', value, hour)
      await state.delete('v')
      t.equal(await state.get('v'), undefined)
      t.equal(await state.setIfAbsent('v', 'next', hour), true)
    }
  })

  t.test('a limit and a value of one name do not meet', async (t) => {
    const { state } = await open(t)
    await state.set('ten k', 'x', hour)
    t.match(await take(state), { allowed: true, remaining: 9 })
    t.equal(await state.get('ten k'), 'x')
  })

  t.test('closing can be repeated, and limits count afterwards', async (t) => {
    const { state } = await open(t)
    await state.close()
    await state.close()
    t.ok((await take(state)).allowed)
  })
}
