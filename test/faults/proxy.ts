import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** What happens to connections through the proxy. Bytes count from the start of what the service answers. */
export type Fault =
  | { readonly kind: 'pass' }
  /** Every chunk of the answer is held for so many ms. */
  | { readonly kind: 'delay', readonly ms: number }
  /** The answer comes in pieces of so many bytes, one every so many ms. */
  | { readonly kind: 'drip', readonly bytes: number, readonly ms: number }
  /** The connection is reset after so many bytes of what the service answers. */
  | { readonly kind: 'reset', readonly after: number }
  /** The answer ends in order after so many bytes, as if it were whole. */
  | { readonly kind: 'half-close', readonly after: number }
  /** Connections are taken, and nothing ever comes back. */
  | { readonly kind: 'blackhole' }
  /** Connections are refused. */
  | { readonly kind: 'refuse' }
  /** What comes back is no HTTP. */
  | { readonly kind: 'garbage' }

/** A way to a service on which faults can be put: by a function, asked for each connection, so that chance can have a say. */
export class FaultProxy {
  readonly #target: number
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #port = 0
  #fault: () => Fault = () => ({ kind: 'pass' })

  private constructor(target: number) {
    this.#target = target
  }

  /** Opens a proxy to a port of the loopback interface. */
  static async open(target: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(target)
    await proxy.#listen()
    return proxy
  }

  get port(): number {
    return this.#port
  }

  /** Puts a fault on connections that come from now on; those there are get it too where they are cut off. */
  async set(fault: Fault | (() => Fault)): Promise<void> {
    this.#fault = typeof fault === 'function' ? fault : () => fault
    const refuses = typeof fault !== 'function' && fault.kind === 'refuse'
    for (const socket of this.#sockets) socket.destroy()
    if (refuses) await this.#deafen()
    else if (this.#server === undefined) await this.#listen()
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await this.#deafen()
  }

  async #listen(): Promise<void> {
    const server = createServer((client) => this.#join(client))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#port, '127.0.0.1', resolve)
    })
    this.#server = server
    this.#port = (server.address() as AddressInfo).port
  }

  async #deafen(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()))
  }

  #join(client: Socket): void {
    const fault = this.#fault()
    this.#track(client)
    if (fault.kind === 'blackhole') return void client.resume()
    if (fault.kind === 'garbage') return void client.once('data', () => client.end('\x00\x01this is no answer\r\n\r\n'))
    const service = connect(this.#target, '127.0.0.1')
    this.#track(service)
    client.on('close', () => service.destroy())
    service.on('close', () => client.destroy())
    client.pipe(service)
    this.#answer(service, client, fault)
  }

  #answer(service: Socket, client: Socket, fault: Fault): void {
    if (fault.kind === 'delay') {
      service.on('data', (chunk: Buffer) => void setTimeout(() => client.write(chunk), fault.ms))
    } else if (fault.kind === 'drip') {
      drip(service, client, fault)
    } else if (fault.kind === 'reset' || fault.kind === 'half-close') {
      let left = fault.after
      service.on('data', (chunk: Buffer) => {
        client.write(chunk.subarray(0, left))
        left -= chunk.length
        if (left > 0) return
        if (fault.kind === 'reset') client.resetAndDestroy()
        else client.end()
      })
    } else {
      service.pipe(client)
    }
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
  }
}

function drip(service: Socket, client: Socket, { bytes, ms }: Extract<Fault, { kind: 'drip' }>): void {
  let held = Buffer.alloc(0)
  const timer = setInterval(() => {
    if (held.length === 0) return
    client.write(held.subarray(0, bytes))
    held = held.subarray(bytes)
  }, ms)
  service.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk])
  })
  client.on('close', () => clearInterval(timer))
}
