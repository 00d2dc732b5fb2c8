import type { Readable } from 'node:stream'
import type { HeaderMap } from './headers.ts'
import type { Identity } from './identity.ts'
import type { ClientCertificate } from './listener/client-certificate.ts'
import type { ErrorCode } from './errors.ts'

/** One client request on its way through the policies. Policies see this and nothing of the server below. */
export interface Exchange {
  /** The request id: what logs, problem documents and services know it by. */
  readonly id: string
  readonly method: string
  /** The path exactly as the client sent it; the query includes its `?`, or is empty. */
  readonly path: string
  readonly query: string
  /** The path's segments, percent-decoded once; nobody decodes again. */
  readonly segments: readonly string[]
  /** Parameters of the matched path, decoded; what a closing `*` took is under `*`, as it was sent. */
  readonly parameters: Readonly<Record<string, string>>
  readonly headers: HeaderMap
  /**
   * Headers of the call that a REST route makes: the client's, less what belongs to its connection and its
   * credentials. Steps after authentication may change them in place; what the service is told by Sluice itself
   * is added later and wins.
   */
  readonly outgoing: HeaderMap
  readonly client: Client
  /** Whether the client asks for a WebSocket, on a route that gives them. */
  readonly websocket?: boolean
  /** The compiled route's name. */
  readonly route: string
  /**
   * Takes the request's body, once, or null where it has none. Only the end of a route calls this: it is also the
   * word to a client that waits with `Expect: 100-continue`. The stream errs when it passes `bodyLimit`.
   */
  openBody(): Readable | null
  /** Sees the body while it is read, piece by piece, and null at its end; it counts when it is set before the body is taken. */
  watchBody?: ((chunk: Buffer | null) => void) | undefined
  /** Aborts when the client leaves before the answer is complete. */
  readonly signal: AbortSignal
  /** Clock time at which the request arrived, in ms. */
  readonly startedAt: number
  identity: Identity
  /** Largest request body that may be read, in bytes. */
  bodyLimit: number
  /** How many of the route's steps have begun. */
  reached: number
  /** Header names that carried a credential of this client: they are consumed, not passed on. */
  readonly consumed: Set<string>
  /** What policies keep between their steps, each under its own `Kept`. */
  readonly kept: Map<object, unknown>
  /** What happened, for the access log and metrics. */
  readonly record: ExchangeRecord
}

export interface Client {
  /** The client's own address: the rightmost untrusted one. */
  readonly address: string
  readonly host: string
  readonly scheme: 'http' | 'https'
  /** The certificate that the client opened the connection with, where the listener asks for one. */
  readonly certificate?: ClientCertificate | undefined
}

export interface ExchangeRecord {
  status: number
  /** Bytes of body sent to the client. */
  bytes: number
  /** Our own error, if one answered. */
  code: ErrorCode | null
  /** The answer was cut short, by the service or the client. */
  cut: boolean
  /** Calls made to services, in the order they ended. */
  readonly calls: CallRecord[]
  /** The policy that stopped the exchange, and with what. */
  refused: { policy: string; code: string } | null
  /** What policies in shadow mode would have refused. */
  readonly shadow: { policy: string; code: string }[]
  /** What policies add to the access-log line. */
  readonly fields: Record<string, unknown>
}

/** One call to a service, as the access log tells it. */
export interface CallRecord {
  readonly service: string
  readonly method: string
  status: number | null
  code: ErrorCode | null
  /** Time until the answer's head, or until the failure, in ms. */
  ms: number
  /** How far it got; undefined where it was never sent on. */
  reached: Reached | null
  /** How often it was tried. */
  attempts: number
  /** Whether it was sent twice since the first try was slow. */
  hedged: boolean
  /** The address that gave the answer, or failed last. */
  target: string | null
  group: string | null
  /** The state of that target's breaker when it was chosen. */
  breaker: BreakerState | null
  /** Time in the service's queue, in ms. */
  queuedMs: number
  /** What answered in the service's place. */
  fallback: Fallback | null
  /** What mechanisms in shadow mode would have done, such as `breaker` and `concurrency`. */
  readonly shadow: string[]
}

/** What can answer in a service's place: its last good answer, another service, or a fixed answer. */
export type Fallback = 'stale' | 'service' | 'static'

/** How far a failed call got. Only `not-sent` proves that nothing can have taken effect. */
export type Reached = 'not-sent' | 'sent' | 'answered'

export type BreakerState = 'closed' | 'open' | 'half-open'
