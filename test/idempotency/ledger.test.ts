import { pino } from 'pino'
import t from 'tap'
import { SluiceError } from '../../src/errors.ts'
import { Ledger } from '../../src/idempotency/ledger.ts'
import { createMemoryState } from '../../src/state/memory.ts'
import type { State } from '../../src/state/state.ts'
import { TestClock } from '../clock.ts'

const day = 86_400_000
const answer = { status: 201, headers: { 'x-a': ['1', '2'] }, body: Buffer.from([0, 255, 10]) }

/** A store that can be away: what it is asked then is rejected, before it is done or after. */
function setUp() {
  const clock = new TestClock()
  const memory = createMemoryState({ clock })
  let away: 'no' | 'before' | 'after' = 'no'
  const ask = async <T>(act: () => T): Promise<T> => {
    const error = new SluiceError('STATE_UNAVAILABLE', 'x')
    if (away === 'before') throw error
    const result = act()
    if (away === 'after') throw error
    return result
  }
  const state: State = {
    ...memory,
    get: (key) => ask(() => memory.get(key)),
    set: (...given) => ask(() => memory.set(...given)),
    setIfAbsent: (...given) => ask(() => memory.setIfAbsent(...given)),
    delete: (key) => ask(() => memory.delete(key)),
  }
  const lines: unknown[] = []
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
  return { ledger: new Ledger({ state, clock, log }, day), clock, memory, lines, turn, be: (next: typeof away) => (away = next) }
}

t.test('a key is taken once, and stands for as long as it is said to', async (t) => {
  const { ledger, clock } = setUp()
  const entry = await ledger.take('k', 'one')
  t.match(entry, { first: true, mark: { request: 'one', outcome: 'open' } })
  t.match(await ledger.take('k', 'two'), { first: false, mark: { request: 'one', outcome: 'open' } })
  await ledger.settle(entry, 'digest', answer)
  clock.advance(day - 1)
  const { first, mark } = await ledger.take('k', 'one')
  t.match([first, mark], [false, { outcome: 'kept', body: 'digest' }])
  t.same(await ledger.find(mark), answer)
  clock.advance(1)
  t.equal((await ledger.take('k', 'one')).first, true)
  t.equal(await ledger.find(mark), undefined)
})

t.test('a mark whose request nobody settles stands all the while', async (t) => {
  const { ledger, clock } = setUp()
  await ledger.take('k', 'one')
  clock.advance(day - 1)
  t.match(await ledger.take('k', 'one'), { first: false, mark: { outcome: 'open' } })
})

t.test('a key that is freed can be taken again', async (t) => {
  const { ledger } = setUp()
  const entry = await ledger.take('k', 'one')
  await ledger.free(entry)
  const next = await ledger.take('k', 'two')
  t.equal(next.first, true)
  await ledger.free(entry)
  t.match(await ledger.take('k', 'two'), { first: false, mark: { by: next.mark.by } }, 'and is not freed for the one before')
})

t.test('a mark that was perhaps set for a request that never went on is taken back', async (t) => {
  const { ledger, clock, memory, be, turn } = setUp()
  be('after')
  await t.rejects(ledger.take('k', 'one'), { code: 'STATE_UNAVAILABLE' })
  t.ok(memory.get('k'))
  be('before')
  for (let seconds = 0; seconds < 10; seconds++) {
    clock.advance(1000)
    await turn()
  }
  t.ok(memory.get('k'))
  be('no')
  clock.advance(1000)
  await turn()
  t.equal(memory.get('k'), undefined)
  t.equal(clock.waiting, 0)
})

t.test('a store that stays away is not asked for ever', async (t) => {
  const { ledger, clock, be, turn } = setUp()
  be('before')
  await t.rejects(ledger.take('k', 'one'))
  await turn()
  let times = 0
  for (; clock.waiting > 0; times++) {
    clock.advance(1000)
    await turn()
  }
  t.equal(times, 300)
})

t.test('keys that wait are freed when the store is back, in bounded memory', async (t) => {
  const { ledger, clock, memory, be, turn } = setUp()
  be('after')
  const keys = Array.from({ length: 1500 }, (_, n) => `k${n}`)
  await Promise.allSettled(keys.map((key) => ledger.take(key, 'one')))
  await turn()
  t.equal(clock.waiting, 1)
  be('no')
  clock.advance(1000)
  while (memory.get('k999') !== undefined) await turn()
  t.equal(keys.filter((key) => memory.get(key) !== undefined).length, 500)
})

t.test('what could not be kept is said in the log, and the key stays taken', async (t) => {
  const { ledger, lines, be } = setUp()
  const entry = await ledger.take('k', 'one')
  be('before')
  await ledger.settle(entry, null, answer)
  be('no')
  t.match(await ledger.take('k', 'one'), { first: false, mark: { outcome: 'open' } })
  t.match(lines, [{ msg: 'the answer for an idempotency key could not be kept' }])
})

t.test('what the store says must be what was told to it', async (t) => {
  const { ledger, memory } = setUp()
  for (const text of ['{}', '[]', '{"by":"x","request":"y","body":null,"outcome":"other"}']) {
    memory.set('k', text, day)
    await t.rejects(ledger.take('k', 'one'), TypeError)
  }
  const { mark } = await ledger.take('other', 'one')
  for (const text of ['{}', '{"status":200,"headers":{"a":1},"body":""}']) {
    memory.set(`idempotency-answer:${mark.by}`, text, day)
    await t.rejects(ledger.find(mark), TypeError)
  }
})
