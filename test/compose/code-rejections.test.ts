import t, { type Test } from 'tap'
import { SluiceError } from '../../src/errors.ts'
import type { ServiceCalls } from '../../src/index.ts'
import { compose } from './fixture.ts'

interface Given {
  readonly parents: readonly unknown[]
  readonly services: { readonly shop: ServiceCalls }
}

const sdl = `
  type Query {
    one: Int
    numbers: [Int!] @list(max: 9)
    things: [Thing] @list(max: 9)
    plain: String @rest(service: "shop", get: "/plain")
    loaded: [Loaded!] @list(max: 9) @rest(service: "shop", get: "/loaded")
  }
  type Thing { id: ID! }
  type Loaded { id: ID! score: Int }
`

/** Asks with one field in code, the others giving nothing, and tells which rejections nobody handled. */
async function asked(t: Test, query: string, code: object, signal = new AbortController().signal) {
  const unhandled: unknown[] = []
  const listen = (reason: unknown) => void unhandled.push(reason)
  process.on('unhandledRejection', listen)
  t.teardown(() => process.off('unhandledRejection', listen))
  const { ask } = compose(sdl, ({ path }) => {
    return path === '/fails' ? { status: 500 } : { json: path === '/loaded' ? [{ id: 1 }, { id: 2 }] : 'plain' }
  }, { code: { Query: { one: () => null, numbers: () => null, things: () => null }, Loaded: { score: () => null }, ...code } })
  const result = await ask(query, { exchange: { signal } })
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
  t.strictSame(unhandled, [])
  return result
}

const rest = { numbers: () => null, things: () => null }

const unminded: Record<string, (given: Given) => unknown> = {
  'that fails': ({ services: { shop } }) => void shop.get('/fails'),
  'beyond those that it declares': ({ services: { shop } }) => void [1, 2, 3, 4].map(() => shop.get('/plain')),
  'that may change things': ({ services: { shop } }) => void shop.delete('/plain'),
  'after the answer': ({ services: { shop } }) => void setImmediate(() => setImmediate(() => setImmediate(() => void shop.get('/plain')))),
  'behind one that fails': async ({ services: { shop } }) => {
    const [first, second] = [shop.get('/fails'), shop.get('/fails')]
    await first
    await second
  },
}

for (const [name, resolve] of Object.entries(unminded)) {
  t.test(`a call that the code does not wait for, ${name}, is no one's business`, async (t) => {
    const { data } = await asked(t, '{ one plain }', { Query: { ...rest, one: { calls: 3, resolve } } })
    t.same(data, { one: null, plain: 'plain' })
  })
}

t.test('items may be promises: each fails alone', async (t) => {
  const things = () => [Promise.resolve({ id: 1 }), Promise.reject(new Error('secret')), { id: 3 }, Promise.reject(new SluiceError('FORBIDDEN', 'Not this one.'))]
  const { data, errors } = await asked(t, '{ things { id } plain }', { Query: { ...rest, one: () => null, things } })
  t.same(data, { things: [{ id: '1' }, null, { id: '3' }, null], plain: 'plain' })
  t.match(errors, [
    { path: ['things', 1], message: /unexpected/, extensions: { code: 'INTERNAL' } },
    { path: ['things', 3], message: 'Not this one.', extensions: { code: 'FORBIDDEN' } },
  ])
  t.notMatch(JSON.stringify(errors), /secret/)
})

t.test('an item that can be nothing leaves no rejection behind it', async (t) => {
  const numbers = () => [null, Promise.reject(new Error('secret'))]
  const { data } = await asked(t, '{ numbers plain }', { Query: { ...rest, one: () => null, numbers } })
  t.same(data, { numbers: null, plain: 'plain' })
})

t.test('a load whose list fails where it is read fails all of its parents', async (t) => {
  const load = ({ parents }: Given) => new Proxy([...parents], { get: (list, key) => key === '0' ? fail() : Reflect.get(list, key) as unknown })
  const { data, errors } = await asked(t, '{ loaded { id score } }', { Loaded: { score: { max: 9, load } } })
  t.same(data, { loaded: [{ id: '1', score: null }, { id: '2', score: null }] })
  t.match(errors, [{ extensions: { code: 'INTERNAL' } }, { extensions: { code: 'INTERNAL' } }])
})

function fail(): never {
  throw new Error('secret')
}

t.test('code that never ends holds up nobody who has left before it began', async (t) => {
  const { errors } = await asked(t, '{ one }', { Query: { ...rest, one: () => new Promise(() => undefined) } }, AbortSignal.abort())
  t.match(errors, [{ extensions: { code: 'CLIENT_GONE' } }])
})
