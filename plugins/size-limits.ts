import { Type } from 'typebox'
import { SluiceError } from '../src/errors.ts'
import type { Exchange } from '../src/exchange.ts'
import { firstValue } from '../src/headers.ts'
import { Size } from '../src/config/units.ts'
import { definePolicy } from '../src/policy.ts'

/** What holds where a route says nothing; the schema's defaults say the same. */
const preset = { body: 1024 ** 2, url: 8 * 1024 }

export const sizeLimits = definePolicy({
  name: 'size-limits',
  key: 'size',
  // A body of unknown length is counted while it flows, and then it is too late to let it pass.
  shadow: false,
  config: Type.Object(
    {
      body: Size({ description: 'Largest request body.', default: '1MiB' }),
      url: Size({ description: 'Longest path and query together.', default: '8KiB' }),
    },
    {
      additionalProperties: false,
      description: 'How much a request may bring. The defaults hold for routes that say nothing. A body that announces a larger length is refused at once, another as soon as it has grown too large.',
    },
  ),
  apply(_route, settings) {
    const { body, url } = settings ?? preset
    return {
      request(exchange) {
        if (exchange.path.length + exchange.query.length > url) {
          return new SluiceError('URI_TOO_LONG', `Path and query may have ${url} bytes together.`)
        }
        if (announced(exchange) > body) {
          return new SluiceError('BODY_TOO_LARGE', `The body is larger than the ${body} bytes that this route takes.`)
        }
        exchange.bodyLimit = body
        return undefined
      },
    }
  },
})

/** The length that the request says its body has; 0 where it doesn't. */
function announced({ headers }: Exchange): number {
  return Number(firstValue(headers, 'content-length') ?? 0)
}
