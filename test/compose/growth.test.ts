import t from 'tap'
import { compose, limits } from './fixture.ts'

const sdl = `
  type Query {
    products(first: Int! = 100): [Product!]! @public @list(max: 100, by: "first") @rest(service: "shop", get: "/products{?first}")
    vendorsByIds(ids: [ID!]!): [Vendor] @internal @rest(service: "shop", get: "/vendors{?ids*}") @batch(arg: "ids", key: "id", max: 1000)
    productsByVendors(ids: [ID!]!): [Product!] @internal @rest(service: "shop", get: "/by-vendor{?ids*}") @batch(arg: "ids", key: "vendorId", max: 1000)
  }
  type Product { id: ID!  title: Int  vendorId: ID!  vendor: Vendor @public @lookup(key: "{parent.vendorId}") }
  type Vendor @entity(key: "id", query: "vendorsByIds") { id: ID!
    products: [Product!] @public @list(max: 100) @resolve(query: "productsByVendors", args: { ids: "{parent.id}" }) }
`

const nested = (leaf: string, levels: number): string => levels === 0 ? `products { ${leaf} }` : `products { vendor { ${nested(leaf, levels - 1)} } }`

function shop(title: unknown, more: Partial<typeof limits> = {}) {
  return compose(sdl, ({ path }) => {
    if (path.startsWith('/vendors')) return { json: [{ id: 'v' }] }
    return { json: Array.from({ length: 100 }, (_, id) => ({ id, title, vendorId: 'v' })) }
  }, { operations: { ...limits, ...more } })
}

const tooLarge = [{ message: /^The answer came to more than the \d+ characters that it may have/, extensions: { code: 'OPERATION_TOO_LARGE' } }]

t.test('lists that multiply each other are refused before the answer is written whole', async (t) => {
  const { ask, calls } = shop(7)
  const { data, errors } = await ask(`{ ${nested('id title', 2)} }`)
  t.equal(data, undefined)
  t.match(errors, tooLarge)
  t.equal(calls.length, 3)
})

t.test('errors count, too', async (t) => {
  const { ask } = shop('no number')
  const { data, errors } = await ask(`{ ${nested('title', 1)} }`)
  t.equal(errors?.length, 10_000)
  t.equal(data.products.length, 100)
  t.match((await ask(`{ ${nested('title', 2)} }`)).errors, tooLarge)
})

t.test('an answer may be as long as the limit says', async (t) => {
  const query = '{ products { id } }'
  const whole = JSON.stringify((await shop(7).ask(query)).data)
  t.same((await shop(7, { answer: whole.length }).ask(query)).errors, undefined)
  t.match((await shop(7, { answer: whole.length - 20 }).ask(query)).errors, tooLarge)
})

t.test('the same holds for what graphql-js executes', async (t) => {
  const { ask } = shop(7, { answer: 64 * 1000 })
  t.same((await ask('{ __schema { queryType { name } } products { id title } }')).errors, undefined)
  const { data, errors } = await ask(`{ __schema { queryType { name } } ${nested('id title', 2)} }`)
  t.equal(data, undefined)
  t.match(errors, tooLarge)
})
