import { anonymous } from '../../src/identity.ts'
import type { CallContext } from '../../src/services/service.ts'

/** What a call inherits from an exchange of nobody in particular. */
export function callContext(more: Partial<CallContext> = {}): CallContext {
  return {
    requestId: 'r1',
    identity: anonymous,
    client: { address: '127.0.0.1', host: 'shop.example', scheme: 'http' },
    asked: {},
    credentials: {},
    deadline: Infinity,
    signal: new AbortController().signal,
    ...more,
  }
}
