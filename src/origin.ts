import type { Exchange } from './exchange.ts'
import { firstValue } from './headers.ts'

/** The origin of the page that a request comes from, where it is another than the request's own. Only browsers say it. */
export function foreignOrigin({ headers, client }: Exchange): string | undefined {
  const origin = firstValue(headers, 'origin')
  return origin === `${client.scheme}://${client.host}` ? undefined : origin
}
