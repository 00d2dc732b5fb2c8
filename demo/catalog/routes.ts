import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { notFound, ServiceError } from '../service/errors.ts'
import type { ProductStore } from './store.ts'

const MAX_SKUS = 100
const Sku = Type.String({ pattern: '^[A-Z0-9-]{1,32}$' })
const OneProduct = Type.Object({ sku: Sku })
const ManyProducts = Type.Object({
  skus: Type.Optional(Type.String({ pattern: '^([A-Z0-9-]{1,32}(,[A-Z0-9-]{1,32})*)?$' })),
  category: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  first: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  after: Type.Optional(Sku),
}, { additionalProperties: false })
type ManyProducts = Static<typeof ManyProducts>

export function addProductRoutes(app: FastifyInstance, products: ProductStore): void {
  app.get<{ Querystring: ManyProducts }>('/products', { schema: { querystring: ManyProducts } }, (request) => {
    const { skus, category, first, after } = request.query
    if (skus === undefined) return products.page(category, first ?? 20, after ?? '')
    if (category !== undefined || first !== undefined || after !== undefined) {
      throw new ServiceError(400, 'bad_request', 'skus goes with neither category nor first nor after')
    }
    return products.findAll(splitSkus(skus))
  })

  app.get<{ Params: Static<typeof OneProduct> }>('/products/:sku', { schema: { params: OneProduct } }, (request) => {
    const product = products.find(request.params.sku)
    if (product === undefined) throw notFound(`product ${request.params.sku}`)
    return product
  })
}

function splitSkus(skus: string): string[] {
  const asked = skus === '' ? [] : skus.split(',')
  if (asked.length > MAX_SKUS) throw new ServiceError(400, 'bad_request', `skus takes at most ${MAX_SKUS}`)
  return asked
}
