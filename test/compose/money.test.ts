import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { loadCode } from '../../src/compose/code/load.ts'
import { anonymous } from '../../src/identity.ts'
import { compose } from './fixture.ts'

const root = join(import.meta.dirname, '../..')
const snake = { naming: 'snake_case' as const }

t.test('the shop writes money as people do, by code', async (t) => {
  const names = ['users', 'catalog', 'orders'].map((name) => `schema/${name}.graphql`)
  const texts = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(root, name), 'utf8')] as const)))
  const { resolvers, problems } = await loadCode(root)
  t.strictSame(problems, [])
  t.strictSame(resolvers.map(({ type, field, calls }) => [type, field, calls]), [['Money', 'formatted', 0]])
  const code = { Money: { formatted: resolvers[0]?.run } }
  const product = (sku: string) => ({ sku, title: sku, description: '', category: 'x', price: { amount: 1234.5, currency: 'EUR' }, created_at: 'then' })
  const { ask, paths } = compose(texts, () => ({ json: [product('A'), product('B')] }), { services: { users: snake, catalog: snake, orders: snake }, code })
  const { data, errors } = await ask('{ products { sku price { formatted de: formatted(locale: "de") bad: formatted(locale: "no language") } } }', { as: anonymous })
  t.equal(data, null)
  t.match(errors, [{ path: ['products', 0, 'price', 'bad'], message: '"no language" is no language tag. Write one as in "en" or "de-CH".', extensions: { code: 'PARAMETER_REFUSED' } }])
  const good = await ask('{ products { price { formatted de: formatted(locale: "de") } } }', { as: anonymous })
  t.equal(good.errors, undefined)
  const price = { price: { formatted: '€1,234.50', de: '1.234,50\u00a0€' } }
  t.same(good.data, { products: [price, price] })
  t.strictSame(paths(), ['catalog GET /products?first=20', 'catalog GET /products?first=20'])
})
