import type { Exchange } from '../exchange.ts'
import type { HeaderMap } from '../headers.ts'
import type { CallContext } from './service.ts'

/** What the calls of an exchange inherit from it. */
export function contextOf(exchange: Exchange): CallContext {
  return {
    requestId: exchange.id,
    identity: exchange.identity,
    client: exchange.client,
    asked: exchange.headers,
    credentials: credentialsOf(exchange),
    deadline: Infinity,
    signal: exchange.signal,
    record: (call) => exchange.record.calls.push(call),
  }
}

function credentialsOf({ consumed, headers }: Exchange): HeaderMap {
  const credentials: HeaderMap = {}
  for (const name of consumed) credentials[name] = headers[name]
  return credentials
}
