import Type from 'typebox'

export const NewOrder = Type.Object({
  customer_id: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
  lines: Type.Array(Type.Object({
    sku: Type.String({ pattern: '^[A-Z0-9-]{1,32}$' }),
    quantity: Type.Integer({ minimum: 1, maximum: 1000 }),
  }, { additionalProperties: false }), { minItems: 1, maxItems: 50 }),
}, { additionalProperties: false })

export const StatusChange = Type.Object({
  status: Type.Enum(['placed', 'paid', 'shipped', 'delivered', 'cancelled']),
}, { additionalProperties: false })
