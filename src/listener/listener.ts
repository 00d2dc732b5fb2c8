import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { ListenerSettings } from '../config/schema.ts'
import { Front } from './front.ts'
import type { ProtocolOptions } from './protocol.ts'

/** One address that clients connect to. What happens on its connections can be changed while it listens. */
export class Listener {
  readonly #options: Omit<ProtocolOptions, 'settings'>
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #settings: ListenerSettings
  #front: Front
  /** Those before, which still have connections. */
  #replaced: Front[] = []
  #closed: Promise<void> | undefined

  /** Throws where TLS can't be set up. */
  constructor(settings: ListenerSettings, options: Omit<ProtocolOptions, 'settings'>) {
    this.#options = options
    this.#settings = settings
    this.#front = new Front({ ...options, settings })
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#take(socket))
    this.#server.maxConnections = settings.limits.connections
    this.#server.on('drop', () => options.log.debug('a connection was closed: the listener has as many as it may'))
  }

  /** Where clients reach it. */
  get url(): string {
    const { address, family, port } = this.#server.address() as AddressInfo
    return `${this.#settings.tls === undefined ? 'http' : 'https'}://${family === 'IPv6' ? `[${address}]` : address}:${port}`
  }

  /** Whether it listens where these settings say. */
  isAt({ host, port }: ListenerSettings): boolean {
    return this.#settings.host === host && this.#settings.port === port
  }

  /** Begins to listen; rejects where the address is taken or can't be had. */
  open(): Promise<void> {
    const { host, port } = this.#settings
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
  }

  /**
   * Prepares other settings for the same address, which hold for new connections once the returned function is
   * called. Throws where TLS can't be set up.
   */
  prepare(settings: ListenerSettings): () => void {
    if (JSON.stringify(settings) === JSON.stringify(this.#settings)) return () => undefined
    const front = new Front({ ...this.#options, settings })
    return () => {
      this.#front.replace()
      this.#replaced = [...this.#replaced, this.#front].filter(({ busy }) => busy)
      this.#front = front
      this.#settings = settings
      this.#server.maxConnections = settings.limits.connections
    }
  }

  /** Takes no new connections and lets idle ones go; resolves when the last has ended. */
  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#server.close(() => resolve())
      for (const front of [...this.#replaced, this.#front]) front.close()
    })
    return this.#closed
  }

  /** Ends every connection, whatever is under way. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #take(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    // Each protocol hears of errors on its own; this is for the time before one has the connection.
    socket.on('error', () => undefined)
    this.#front.take(socket)
  }
}
