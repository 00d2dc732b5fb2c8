import t from 'tap'
import { TestClock } from '../clock.ts'
import { compose, limits } from './fixture.ts'

interface Given {
  readonly parent: { readonly id: string }
  readonly parents: readonly { readonly id: string }[]
  readonly signal: AbortSignal
}

const sdl = `
  type Query { slow: Int  quick: Int  things: [Thing!] @list(max: 9) @rest(service: "shop", get: "/things") }
  type Mutation { slow: Int  quick: Int }
  type Thing { id: ID!  score: Int  must: Int! }
`

const never = () => new Promise<never>(() => undefined)
const quick = () => 1

/** A schema with resolvers that may run for a second, by a clock that stands still. */
function timed(fields: Record<string, unknown>) {
  const clock = new TestClock()
  const code = { Query: { slow: quick, quick }, Mutation: { slow: quick, quick }, Thing: { score: quick, must: quick }, ...fields }
  const composed = compose(sdl, () => ({ json: [{ id: 1 }, { id: 2 }, { id: 3 }] }), { code, clock, operations: { ...limits, resolver: 1000 } })
  return { ...composed, clock }
}

const late = (field: string) => ({ message: `The resolver of ${field} did not end in time.`, extensions: { code: 'RESOLVER_TIMEOUT' } })

t.test('code that never ends costs its field alone, and is told', async (t) => {
  let signal: AbortSignal | undefined
  const slow = (given: Given) => {
    signal = given.signal
    setImmediate(() => {
      clock.advance(999)
      t.equal(signal?.aborted, false)
      clock.advance(1)
    })
    return never()
  }
  const { ask, clock, logged } = timed({ Query: { slow, quick } })
  const { data, errors } = await ask('{ slow quick }')
  t.same(data, { slow: null, quick: 1 })
  t.match(errors, [{ path: ['slow'], ...late('Query.slow') }])
  t.match(signal?.reason, { code: 'RESOLVER_TIMEOUT' })
  t.strictSame([logged, clock.waiting], [[], 0])
})

t.test('code that looks at its signal late finds it aborted', async (t) => {
  let given: Given | undefined
  const slow = (asked: Given) => {
    given = asked
    setImmediate(() => clock.advance(1000))
    return never()
  }
  const { ask, clock } = timed({ Query: { slow, quick } })
  await ask('{ slow }')
  t.equal(given?.signal.aborted, true)
})

t.test('each run of a resolver has its own time', async (t) => {
  const score = ({ parent: { id } }: Given) => {
    if (id === '3') setImmediate(() => clock.advance(1000))
    return id === '2' ? 7 : never()
  }
  const { ask, clock } = timed({ Thing: { score, must: quick } })
  const { data, errors } = await ask('{ things { id score } }')
  t.same(data.things, [{ id: '1', score: null }, { id: '2', score: 7 }, { id: '3', score: null }])
  t.match(errors, [{ path: ['things', 0, 'score'], ...late('Thing.score') }, { path: ['things', 2, 'score'], ...late('Thing.score') }])
})

t.test('a load that never ends fails the parents that it took, and null travels up from them', async (t) => {
  const load = ({ parents }: Given) => {
    if (parents.length === 2) return parents.map(() => 7)
    setImmediate(() => clock.advance(1000))
    return [never()]
  }
  const { ask, clock } = timed({ Thing: { score: { max: 2, load }, must: { max: 2, load } } })
  const { data, errors } = await ask('{ things { score } }')
  t.same([data.things, errors?.length], [[{ score: 7 }, { score: 7 }, { score: null }], 1])
  t.match(errors, [{ path: ['things', 2, 'score'], ...late('Thing.score') }])
  t.match(await ask('{ things { must } }'), { data: { things: null }, errors: [{ path: ['things', 2, 'must'], ...late('Thing.must') }] })
})

t.test('a mutation goes on after a field that took too long', async (t) => {
  const slow = () => {
    setImmediate(() => clock.advance(1000))
    return never()
  }
  const { ask, clock } = timed({ Mutation: { slow, quick } })
  const { data, errors } = await ask('mutation { slow quick }')
  t.same(data, { slow: null, quick: 1 })
  t.match(errors, [{ path: ['slow'], ...late('Mutation.slow') }])
})

t.test('code that fails, or whose client leaves, leaves no timer behind', async (t) => {
  const failing = timed({ Query: { slow: () => { throw new Error('secret') }, quick } })
  await failing.ask('{ slow quick }')
  const leaving = new AbortController()
  const slow = () => {
    setImmediate(() => leaving.abort())
    return never()
  }
  const left = timed({ Query: { slow, quick } })
  t.match((await left.ask('{ slow }', { exchange: { signal: leaving.signal } })).errors, [{ extensions: { code: 'CLIENT_GONE' } }])
  t.strictSame([failing.clock.waiting, left.clock.waiting], [0, 0])
})
