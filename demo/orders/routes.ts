import type { FastifyInstance, FastifyRequest } from 'fastify'
import Type, { type Static } from 'typebox'
import { notFound } from '../service/errors.ts'
import { placeOrder } from './place.ts'
import { NewOrder, StatusChange } from './schemas.ts'
import type { Order, OrderStore } from './store.ts'

const OneOrder = Type.Object({ id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) })
const ManyOrders = Type.Object({
  customer_id: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
  first: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
}, { additionalProperties: false })
type ManyOrders = Static<typeof ManyOrders>
type OneOrder = Static<typeof OneOrder>

export function addOrderRoutes(app: FastifyInstance, orders: OrderStore): void {
  app.get<{ Querystring: ManyOrders }>('/orders', { schema: { querystring: ManyOrders } }, (request) => {
    const { customer_id: asked, first } = request.query
    const customer = customerOf(request)
    if (customer !== undefined && asked !== undefined && asked !== customer) return []
    return orders.newest(customer ?? asked, first)
  })

  app.get<{ Params: OneOrder }>('/orders/:id', { schema: { params: OneOrder } }, (request) => {
    return visibleOrder(orders, request, request.params.id)
  })

  app.post<{ Body: Static<typeof NewOrder> }>('/orders', { schema: { body: NewOrder } }, (request, reply) => {
    const { id, json } = placeOrder(orders, {
      caller: headerOf(request, 'x-user-id') ?? '',
      customer: customerOf(request),
      key: headerOf(request, 'idempotency-key'),
      body: request.body,
    })
    return reply.code(201).header('location', `/orders/${id}`).type('application/json').send(json)
  })

  app.patch<{ Params: OneOrder, Body: Static<typeof StatusChange> }>(
    '/orders/:id', { schema: { params: OneOrder, body: StatusChange } }, (request) => {
      const { id } = visibleOrder(orders, request, request.params.id)
      orders.setStatus(id, request.body.status)
      return visibleOrder(orders, request, id)
    })
}

/** The customer whose orders alone exist for this caller; undefined for a service account, which sees all. */
function customerOf(request: FastifyRequest): number | undefined {
  const user = headerOf(request, 'x-user-id')
  return user !== undefined && user !== '' && Number.isFinite(Number(user)) ? Number(user) : undefined
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' ? value : undefined
}

function visibleOrder(orders: OrderStore, request: FastifyRequest, id: number): Order {
  const order = orders.find(id)
  const customer = customerOf(request)
  if (order === undefined || (customer !== undefined && order.customer_id !== customer)) throw notFound(`order ${id}`)
  return order
}
