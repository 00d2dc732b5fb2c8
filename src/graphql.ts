import { gatherBody } from './body.ts'
import type { GraphqlEndpoint } from './compose/endpoint.ts'
import { asSluiceError } from './errors.ts'
import type { HttpExchange } from './incoming.ts'
import type { End } from './route.ts'

/** Compiles the end of the GraphQL route: the body is read whole, the endpoint composes, the sink answers. */
export function compileGraphql(endpoint: GraphqlEndpoint): End {
  return (exchange, sink) => {
    readBody(exchange)
      .then((body) => endpoint.handle(exchange, body))
      .then((answer) => sink.answer(answer))
      .catch((thrown: unknown) => sink.answer(asSluiceError(thrown)))
      .catch(() => exchange.response.destroy())
  }
}

/** The whole body, or null where the request has none. Rejects when it is larger than the route takes, or breaks off. */
export async function readBody(exchange: HttpExchange): Promise<Buffer | null> {
  const body = exchange.openBody()
  return body === null ? null : new Promise<Buffer>((resolve, reject) => gatherBody(body, resolve, reject))
}
