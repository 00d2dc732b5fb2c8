import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ListenerSettings } from './config/schema.ts'
import { SluiceError } from './errors.ts'
import type { Gateway } from './gateway.ts'
import { Listener } from './listener/listener.ts'
import type { Handlers } from './listener/protocol.ts'
import { warnAbout } from './listener/warnings.ts'
import type { Runtime } from './runtime.ts'

/** Owns the listeners and the current gateway: a swap changes who answers, and no connection notices. */
export class Server {
  readonly #runtime: Runtime
  readonly #listeners = new Map<string, Listener>()
  readonly #retiring = new Set<Promise<void>>()
  #gateway: Gateway | undefined
  #draining = false

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  get gateway(): Gateway | undefined {
    return this.#gateway
  }

  /** Whether requests can be taken. */
  get ready(): boolean {
    return this.#gateway !== undefined && !this.#draining
  }

  /** Where each listener really is, by name. */
  get addresses(): Record<string, string> {
    return Object.fromEntries([...this.#listeners].map(([name, { url }]) => [name, url]))
  }

  /**
   * Makes `next` the current gateway. Listeners that it adds or changes are made ready first, so that a port that is
   * taken or a certificate that can't be used leaves everything as it was (and throws); the old gateway ends its
   * exchanges and is closed.
   */
  async swap(next: Gateway): Promise<void> {
    const { apply, undo } = await this.#prepare(next)
    if (this.#draining) {
      undo()
      throw new SluiceError('DRAINING', 'The gateway is shutting down.')
    }
    const old = this.#gateway
    this.#gateway = next
    apply()
    for (const warning of warnAbout(next.config, this.#runtime.clock.now())) this.#runtime.log.warn(warning)
    if (old !== undefined) this.#retire(old)
  }

  /** Takes no new connections, ends what is under way within the drain limit, and closes everything. */
  async drain(): Promise<void> {
    this.#draining = true
    const listeners = [...this.#listeners.values()]
    const closed = listeners.map((listener) => listener.close())
    if (this.#gateway !== undefined) this.#retire(this.#gateway)
    await Promise.all(this.#retiring)
    for (const listener of listeners) listener.destroy()
    await Promise.all(closed)
  }

  /** Opens listeners that are new and readies those that change; `apply` puts all of it in force. */
  async #prepare({ config }: Gateway): Promise<{ apply: () => void; undo: () => void }> {
    const opened = new Map<string, Listener>()
    const undo = () => {
      for (const listener of opened.values()) void listener.close()
    }
    const changes: (() => void)[] = []
    try {
      for (const [name, settings] of Object.entries(config.listeners)) {
        const known = this.#listeners.get(name)
        if (known?.isAt(settings) === true) changes.push(known.prepare(settings))
        else opened.set(name, await this.#open(settings))
      }
    } catch (thrown) {
      undo()
      throw thrown
    }
    const apply = () => {
      for (const change of changes) change()
      for (const [name, listener] of this.#listeners) {
        if (name in config.listeners && !opened.has(name)) continue
        this.#listeners.delete(name)
        void listener.close()
      }
      for (const [name, listener] of opened) this.#listeners.set(name, listener)
    }
    return { apply, undo }
  }

  async #open(settings: ListenerSettings): Promise<Listener> {
    const { clock, log } = this.#runtime
    const handlers: Handlers = {
      request: (request, response, refusal) => this.#take(request, response, refusal),
      upgrader: () => (this.#draining ? undefined : this.#gateway),
    }
    const listener = new Listener(settings, { handlers, clock, log })
    await listener.open()
    return listener
  }

  #take(request: IncomingMessage, response: ServerResponse, refusal: SluiceError | undefined): void {
    this.#gateway?.serve(request, response, refusal)
  }

  #retire(old: Gateway): void {
    const limit = new Promise<void>((resolve) => this.#runtime.clock.after(old.config.drain, resolve))
    const retired = Promise.race([old.idle(), limit])
      .then(() => old.close())
      .finally(() => this.#retiring.delete(retired))
    this.#retiring.add(retired)
  }
}
