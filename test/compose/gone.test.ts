import t from 'tap'
import { SluiceError } from '../../src/errors.ts'
import { compose } from './fixture.ts'

const sdl = `
  type Query { many: [Item]! @public @rest(service: "shop", get: "/many") }
  type Item { id: ID! }
`

t.test('an answer that nobody reads any more is not written', async (t) => {
  const client = new AbortController()
  const gone = new SluiceError('CLIENT_GONE', 'The client closed the connection before the answer was complete.')
  for (const leaves of [false, true]) {
    const after = new Promise<void>((resolve) => setImmediate(() => {
      if (leaves) client.abort(gone)
      resolve()
    }))
    const { ask } = compose(sdl, () => ({ json: [1, 2, 3], after }))
    const { data, errors, exchange } = await ask('{ many { id } }', { exchange: { signal: client.signal } })
    t.equal(errors?.length, leaves ? 1 : 3)
    t.strictSame(data, leaves ? undefined : { many: [null, null, null] })
    t.strictSame(exchange.record.fields['graphqlErrors'], [leaves ? 'CLIENT_GONE' : 'SERVICE_ANSWER_INVALID'])
  }
})

t.test('when a root field makes the answer null, the calls of the others are given up', async (t) => {
  const two = `
    type Query { slow: A @public @rest(service: "shop", get: "/slow")  must: A! @public @rest(service: "shop", get: "/must") }
    type A { id: ID! }
  `
  for (const more of ['', ' __schema { queryType { name } }']) {
    const { ask, calls } = compose(two, ({ path }) => path === '/must' ? { status: 500 } : { json: { id: 1 }, after: new Promise(() => undefined) })
    const { data } = await ask(`{ slow { id } must { id }${more} }`)
    t.equal(data, null)
    t.same(calls.map(({ path, signal }) => [path, signal.aborted]), [['/slow', true], ['/must', true]])
  }
})
