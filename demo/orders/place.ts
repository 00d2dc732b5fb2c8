import type { Static } from 'typebox'
import { ServiceError } from '../service/errors.ts'
import type { NewOrder } from './schemas.ts'
import type { OrderStore, Placed } from './store.ts'

const MAX_KEY_LENGTH = 255

export interface PlaceRequest {
  /** Who asks; an idempotency key is theirs alone. */
  caller: string
  /** The customer who asks, when it isn't a service account. */
  customer: number | undefined
  key: string | undefined
  body: Static<typeof NewOrder>
}

/** Places an order, or gives the first answer again when the same caller sends the same body under the same key. */
export function placeOrder(orders: OrderStore, request: PlaceRequest): Placed {
  const { caller, key, body } = request
  const customer = request.customer ?? body.customer_id
  if (customer === undefined) throw new ServiceError(400, 'bad_request', 'customer_id is missing')
  if (!Number.isSafeInteger(customer) || customer < 1) {
    throw new ServiceError(400, 'bad_request', 'x-user-id is no customer')
  }
  if (key === undefined) return orders.atomically(() => placeNew(orders, customer, body.lines))
  if (key === '' || key.length > MAX_KEY_LENGTH) {
    throw new ServiceError(400, 'bad_request', `idempotency-key must have 1 to ${MAX_KEY_LENGTH} characters`)
  }
  const asked = JSON.stringify([customer, body.lines.map(({ sku, quantity }) => [sku, quantity])])
  return orders.atomically(() => {
    const earlier = orders.findAnswer(caller, key)
    if (earlier === undefined) {
      const placed = placeNew(orders, customer, body.lines)
      orders.keepAnswer(caller, key, asked, placed)
      return placed
    }
    if (earlier.body === asked) return earlier.placed
    throw new ServiceError(422, 'idempotency_key_reused', 'this idempotency key came with another body before')
  })
}

function placeNew(orders: OrderStore, customer: number, lines: PlaceRequest['body']['lines']): Placed {
  const unknown = orders.unknownSku(lines)
  if (unknown !== undefined) throw new ServiceError(422, 'unknown_sku', `there is no product ${unknown}`)
  const order = orders.place(customer, lines)
  return { id: order.id, json: JSON.stringify(order) }
}
