import type { Duplex, Readable } from 'node:stream'
import type { SluiceError } from '../errors.ts'
import type { CallRecord, Client, Fallback, Reached } from '../exchange.ts'
import type { HeaderMap } from '../headers.ts'
import type { Identity } from '../identity.ts'

/** One request to a service. `path` is origin-form (path and query) and is sent as it stands. */
export interface Call {
  readonly method: string
  readonly path: string
  readonly headers: HeaderMap
  readonly body: Readable | Buffer | string | null
  /** Asks the service to switch protocols; the call's sink then has `upgrade`. */
  readonly upgrade?: 'websocket'
  /** The time left for the answer, in ms, which the transport tells the service in its own way. */
  readonly within?: number
}

/** What a call inherits from the exchange that caused it. */
export interface CallContext {
  readonly requestId: string
  readonly identity: Identity
  readonly client: Client
  /** The client's own headers, to decide by; they are never sent from here. */
  readonly asked: HeaderMap
  /** The client's credential headers: they reach a service only where it lists them under `forward`. */
  readonly credentials: HeaderMap
  /** The clock's `elapsed` by which the answer's head must be there, in ms; Infinity where nothing says so. */
  readonly deadline: number
  readonly signal: AbortSignal
  /** The group of targets that takes the call; the targets without a group where it is left out. */
  readonly group?: string | undefined
  /** Timeouts of the route, in the place of the service's own, in ms. */
  readonly timeouts?: Partial<Timeouts>
  /** Told of each call when its head is there or it has failed. */
  record?(call: CallRecord): void
  /** What happened to this call, filled in on its way; every call has one once it is recorded. */
  readonly facts?: CallRecord
}

export interface Timeouts {
  /** To get a connection, in ms. */
  connect: number
  /** From sending to the answer's head, in ms. */
  attempt: number
  /** From taking the call to the answer's head, all waiting included, in ms. */
  total: number
}

export type { Reached } from '../exchange.ts'

export interface CallFailure {
  readonly error: SluiceError
  readonly reached: Reached
  /** A connection that had served before was closed before any byte of this answer: most likely it was closed already. */
  readonly stale?: boolean
}

export interface CallHead {
  readonly status: number
  readonly headers: HeaderMap
  /** What answers in the service's place; a header would not do, since services could send it too. */
  readonly fallback?: Fallback
}

/** Lets a sink that is full stop the transport for a while, or one that has enough end the call. */
export interface Flow {
  pause(): void
  resume(): void
  /** The rest of the answer is not wanted: the call fails with this reason. */
  stop(reason: SluiceError): void
}

/**
 * Where a call's answer goes. Exactly one of `end`, `fail` and `upgrade` comes last, once; `head` comes before any `data`.
 * A `fail` after `head` means that the answer was cut and must not be passed off as whole.
 */
export interface Sink {
  /** The call has a connection, and begins to leave over it. */
  begin?(): void
  /** More of the request's body has left; `whole` says that it was the last of it. */
  sent?(whole: boolean): void
  /** An interim answer (1xx) on the way to the final one; any number, before `head`. */
  interim?(head: CallHead): void
  head(head: CallHead, flow: Flow): void
  data(chunk: Buffer): void
  /** The answer is whole; `trailers` are the fields that came after its body, as the service sent them. */
  end(trailers?: HeaderMap): void
  fail(failure: CallFailure): void
  /** The service has switched protocols as the call asked: the connection is the sink's from here on. */
  upgrade?(head: CallHead, socket: Duplex): void
}

/** A call that is under way. */
export interface Sending {
  /** Ends the call, which then fails with this reason; one that has ended takes no notice. */
  cancel(reason: unknown): void
}

/** Sends a call over connections to one address, with nothing between. Never throws: every failure reaches the sink. */
export type Transport = (call: Call, sink: Sink) => Sending

/** Sends a call. Never throws: every failure reaches the sink. */
export type Dispatch = (call: Call, context: CallContext, sink: Sink) => void

/** A backend that calls go to, through one set of deadlines, access rules and limits whatever caused them. */
export interface Service {
  readonly name: string
  readonly dispatch: Dispatch
  /** Why the access rules would refuse such a call, known without making it; undefined where they would not. */
  readonly allows: (method: string, path: string, identity: Identity) => SluiceError | undefined
}
