import type { Socket } from 'node:net'
import { Client, buildConnector, type Dispatcher } from 'undici'
import { dropContinue } from './interim.ts'

/** What undici does not tell of the connection that a call goes over. */
export interface Line {
  socket: Socket | null
  /** Requests that were begun on this socket. */
  begun: number
  /** A request was begun, and no byte of its final answer has come. */
  awaiting: boolean
}

/** A handler that wants to know over which line its call goes. */
export interface LineHandler extends Dispatcher.DispatchHandler {
  takes(line: Line): void
}

/** A client with one connection at a time, which tells its line to handlers that ask. */
export class Connection extends Client {
  readonly #line: Line

  constructor(origin: URL, options: Client.Options) {
    const line: Line = { socket: null, begun: 0, awaiting: false }
    super(origin, { ...options, connect: watched(options.connect, line) })
    this.#line = line
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (wantsLine(handler)) handler.takes(this.#line)
    return super.dispatch(options, handler)
  }
}

function wantsLine(handler: Dispatcher.DispatchHandler): handler is LineHandler {
  return 'takes' in handler
}

function watched(connect: Client.Options['connect'], line: Line): buildConnector.connector {
  const open = typeof connect === 'function' ? connect : buildConnector({ ...connect })
  return (options, done) => {
    open(options, (...result: Parameters<typeof done>) => {
      const [error, socket] = result
      if (error !== null) return done(error, null)
      line.socket = socket
      line.begun = 0
      line.awaiting = false
      dropContinue(socket, line)
      done(null, socket)
    })
  }
}
