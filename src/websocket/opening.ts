import type { Duplex } from 'node:stream'
import { SluiceError } from '../errors.ts'
import { firstValue, type HeaderMap } from '../headers.ts'
import { PassingSink } from '../services/passing-sink.ts'
import type { CallHead, Dispatch, Sink } from '../services/service.ts'
import { acceptOf, newKey, protocolsOf, version } from './handshake.ts'

/**
 * Turns calls into handshakes with a key of their own. Extensions are not offered: under compression the size of a
 * message could not be known without opening it.
 */
export function withHandshake(next: Dispatch): Dispatch {
  return (call, context, sink) => {
    const key = newKey()
    const headers = {
      ...call.headers,
      'sec-websocket-key': key,
      'sec-websocket-version': version,
      'sec-websocket-extensions': undefined,
    }
    next({ ...call, headers, upgrade: 'websocket' }, context, new OpeningSink(sink, key, protocolsOf(headers)))
  }
}

/** Lets a service's 101 pass only where it answers this very handshake (RFC 6455 section 4.1). */
class OpeningSink extends PassingSink {
  readonly #key: string
  readonly #offered: readonly string[]

  constructor(sink: Sink, key: string, offered: readonly string[]) {
    super(sink)
    this.#key = key
    this.#offered = offered
  }

  override upgrade(head: CallHead, socket: Duplex): void {
    const problem = head.status === 101 ? this.#problemOf(head.headers) : 'it did not switch protocols'
    if (problem === undefined) return super.upgrade(head, socket)
    socket.destroy()
    const error = new SluiceError('SERVICE_ANSWER_INVALID', `The service's WebSocket handshake can't be used: ${problem}.`)
    this.fail({ error, reached: 'answered' })
  }

  #problemOf(headers: HeaderMap): string | undefined {
    const connection = [headers['connection'] ?? []].flat().join(',').toLowerCase().split(',')
    if (!connection.some((option) => option.trim() === 'upgrade')) return 'its Connection header lacks "upgrade"'
    if (firstValue(headers, 'upgrade')?.toLowerCase() !== 'websocket') return 'it switched to another protocol'
    if (headers['sec-websocket-accept'] !== acceptOf(this.#key)) return 'its accept value does not fit the key'
    if (headers['sec-websocket-extensions'] !== undefined) return 'it uses an extension that was not offered'
    const chosen = headers['sec-websocket-protocol']
    if (chosen === undefined || (typeof chosen === 'string' && this.#offered.includes(chosen))) return undefined
    return 'it chose a subprotocol that was not offered'
  }
}
