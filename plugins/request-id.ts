import { Type } from 'typebox'
import { definePolicy } from '../src/policy.ts'

export const requestId = definePolicy({
  name: 'request-id',
  key: 'requestId',
  unmatched: true,
  shadow: false,
  config: Type.Object(
    {
      answer: Type.Boolean({ description: 'Whether answers carry the id as X-Request-Id.', default: true }),
    },
    {
      additionalProperties: false,
      description:
        "The id of a request in logs, problem documents and calls. A client's own X-Request-Id is taken over from trusted proxies alone.",
    },
  ),
  apply(_route, settings) {
    if (settings?.answer === false) return undefined
    return {
      answer(exchange, head) {
        head.headers['x-request-id'] = exchange.id
      },
    }
  },
})
