import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import type { ListenerSettings } from '../config/schema.ts'
import type { SluiceError } from '../errors.ts'
import type { Gateway } from '../gateway.ts'

/** Takes requests to change to another protocol. */
export type Upgrader = Pick<Gateway, 'upgrades' | 'upgrade'>

/** Where the requests of a listener go, whatever protocol they came over. */
export interface Handlers {
  /** A request; with a refusal it must not reach a route. It emits `late` when its body comes too slowly. */
  request(request: IncomingMessage, response: ServerResponse, refusal: SluiceError | undefined): void
  /** Who takes WebSocket handshakes at the moment. */
  upgrader(): Upgrader | undefined
}

export interface ProtocolOptions {
  readonly settings: ListenerSettings
  readonly handlers: Handlers
  readonly clock: Clock
  readonly log: Logger
}

/** What is spoken on connections that were opened. */
export interface Protocol {
  take(socket: Socket): void
  /** Ends idle connections now, and busy ones after what is under way on them. */
  close(): void
  /** Gives back timers, once the last connection has ended. */
  dispose(): void
}
