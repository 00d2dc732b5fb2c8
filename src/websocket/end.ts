import type { Duplex } from 'node:stream'
import type { ClientSink } from '../client-sink.ts'
import type { ToSettings } from '../config/schema.ts'
import { SluiceError, asSluiceError } from '../errors.ts'
import { endToEnd } from '../hop-by-hop.ts'
import type { HttpExchange } from '../incoming.ts'
import type { GatewayParts } from '../policy.ts'
import { compileProxy } from '../proxy.ts'
import type { End } from '../route.ts'
import { PassingSink } from '../services/passing-sink.ts'
import type { CallHead, Service } from '../services/service.ts'
import { closeCode } from './close-code.ts'
import { whenPast } from './expiry.ts'
import { acceptOf, readKey } from './handshake.ts'
import { withHandshake } from './opening.ts'
import { compileRoom } from './room.ts'
import { Tunnel, type Ending, type TunnelSettings } from './tunnel.ts'
import { UpgradeResponse } from './upgrade-response.ts'

/**
 * Compiles the end of a route to a service. On one that gives WebSockets, a client that asks for one becomes a call
 * like any other, and when the service has switched protocols, a tunnel; what asks for none is proxied.
 */
export function compileEnd(route: string, to: ToSettings, service: Service, parts: GatewayParts): End {
  const plain = compileProxy(to, service)
  const { websocket } = to
  if (websocket === undefined) return plain
  const takePlace = compileRoom(route, websocket.max, parts)
  const open = compileProxy(to, { ...service, dispatch: withHandshake(service.dispatch) })
  return (exchange, sink) => {
    const { response, headers } = exchange
    if (!(response instanceof UpgradeResponse)) return plain(exchange, sink)
    const key = readKey(headers)
    if (key instanceof SluiceError) return sink.answer(key)
    if (response.early) return sink.answer(early())
    const full = takePlace(response)
    if (full !== undefined) return sink.answer(full)
    open(exchange, new UpgradeSink(exchange, response, key, sink, websocket, parts))
  }
}

function early(): SluiceError {
  return new SluiceError('BAD_REQUEST', 'The client must wait for the answer to its handshake before it sends more.')
}

/** Answers the client's handshake when the service has answered ours, and joins the two. */
class UpgradeSink extends PassingSink {
  readonly #exchange: HttpExchange
  readonly #response: UpgradeResponse
  readonly #key: string
  readonly #sink: ClientSink
  readonly #settings: TunnelSettings
  readonly #parts: GatewayParts

  constructor(
    exchange: HttpExchange, response: UpgradeResponse, key: string, sink: ClientSink, settings: TunnelSettings, parts: GatewayParts,
  ) {
    super(sink)
    this.#exchange = exchange
    this.#response = response
    this.#key = key
    this.#sink = sink
    this.#settings = settings
    this.#parts = parts
  }

  override upgrade({ headers }: CallHead, service: Duplex): void {
    if (this.#response.early || this.#response.destroyed) {
      service.destroy()
      return this.#sink.answer(early())
    }
    try {
      this.#sink.switchProtocols({ ...endToEnd(headers), ...this.#own() })
      this.#join(service)
    } catch (thrown) {
      service.destroy()
      this.#sink.fail({ error: asSluiceError(thrown), reached: 'answered' })
    }
  }

  #own(): CallHead['headers'] {
    return { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-accept': acceptOf(this.#key) }
  }

  #join(service: Duplex): void {
    const { clock, metrics } = this.#parts
    const { route, identity } = this.#exchange
    const client = this.#response.switchTo(() => tunnel.close(closeCode.goingAway, 'the gateway is going away'))
    metrics.websockets.inc({ route })
    const tunnel = new Tunnel(client, service, this.#settings, clock, (ending) => {
      stop()
      metrics.websockets.dec({ route })
      this.#note(tunnel, ending)
      this.#response.emit('close')
    })
    const stop = whenPast(identity.expiresAt, clock, () => tunnel.close(closeCode.policyViolation, 'the credential has expired'))
  }

  #note({ received, sent }: Tunnel, { by, code }: Ending): void {
    const { record } = this.#exchange
    record.bytes = sent.bytes
    record.cut = code === closeCode.abnormal
    record.fields['websocket'] = { closedBy: by, code, received: received.messages, sent: sent.messages }
  }
}
