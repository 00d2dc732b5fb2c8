import t from 'tap'
import { createCatalogService } from '../../demo/catalog/service.ts'
import { openContract } from './contract.ts'

const app = createCatalogService(() => undefined)
const contract = openContract(app, new URL('../../demo/catalog/openapi.yaml', import.meta.url))
t.teardown(() => app.close())
const get = (url: string) => contract.request({ method: 'GET', url })
const skusOf = (products: { sku: string }[]) => products.map(({ sku }) => sku)

t.test('one product', async (t) => {
  const product = (await get('/products/P-0042')).json()
  t.match(product, { sku: 'P-0042', price: { currency: 'EUR' } })
  t.equal(Number(product.price.amount.toFixed(2)), product.price.amount, 'at most two decimals')
  t.match((await get('/products/P-9999')).json(), { error: { code: 'not_found' } })
  t.match(await get('/products/p%20x'), { statusCode: 400 })
})

t.test('products by their skus', async (t) => {
  t.strictSame(skusOf((await get('/products?skus=P-0007,P-0001,NONE,P-0007')).json()), ['P-0001', 'P-0007'])
  t.strictSame(skusOf((await get('/products?skus=P-0007%2CP-0001')).json()), ['P-0001', 'P-0007'])
  t.strictSame((await get('/products?skus=')).json(), [])
  const hundred = Array.from({ length: 100 }, (_, index) => `P-${String(index + 1).padStart(4, '0')}`).join()
  t.equal((await get(`/products?skus=${hundred}`)).json().length, 100)
  for (const query of [`skus=${hundred},P-0101`, 'skus=a', 'skus=P-0001&first=1', 'skus=P-0001&category=books']) {
    t.match(await get(`/products?${query}`), { statusCode: 400 }, query)
  }
})

t.test('products of a category, page by page', async (t) => {
  t.equal((await get('/products')).json().length, 20)
  const first = (await get('/products?category=kitchen&first=5')).json()
  t.equal(first.length, 5)
  const second = (await get(`/products?category=kitchen&first=5&after=${first[4].sku}`)).json()
  const both = [...first, ...second]
  t.ok(both.every(({ category }) => category === 'kitchen'))
  t.strictSame(skusOf(both), [...new Set(skusOf(both))].sort())
  t.strictSame((await get('/products?category=none')).json(), [])
  t.match(await get('/products?first=0'), { statusCode: 400 })
})

t.test('what it serves is what it describes', async (t) => {
  await get('/health')
  await get('/openapi.yaml')
  t.strictSame(contract.undescribed(), [])
  t.strictSame(contract.unserved(), [])
  t.strictSame(contract.unseen(), [])
})
