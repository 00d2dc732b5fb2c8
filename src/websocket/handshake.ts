import { createHash, randomBytes } from 'node:crypto'
import { ServerResponse, type IncomingMessage } from 'node:http'
import { hasBody } from '../body.ts'
import { SluiceError } from '../errors.ts'
import { firstValue, type HeaderMap } from '../headers.ts'

/** The one version of the protocol that there is. */
export const version = '13'

/** What every key is hashed with (RFC 6455 section 1.3). */
const salt = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** 16 bytes in base64. */
const keyForm = /^[A-Za-z0-9+/]{21}[AQgw]==$/
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/**
 * Whether a request asks for a WebSocket, and its socket is free for one. Any other upgrade is ignored, which RFC 9110
 * section 7.8 allows, and the request is served as if it didn't ask; so is one that was pipelined behind another, since
 * the answer to that comes first.
 */
export function asksForWebsocket(request: IncomingMessage): boolean {
  const { method, httpVersion, headers } = request
  if (method !== 'GET' || httpVersion !== '1.1' || headers.upgrade?.toLowerCase() !== 'websocket') return false
  return !hasBody(request) && !owesAnswer(request)
}

function owesAnswer(request: IncomingMessage): boolean {
  const probe = new ServerResponse(request)
  try {
    probe.assignSocket(request.socket)
  } catch {
    return true
  }
  probe.detachSocket(request.socket)
  return false
}

export function newKey(): string {
  return randomBytes(16).toString('base64')
}

/** What proves that the handshake with this key was understood. */
export function acceptOf(key: string): string {
  return createHash('sha1').update(key + salt).digest('base64')
}

/** The subprotocols that a handshake lists. */
export function protocolsOf(headers: HeaderMap): string[] {
  const listed = [headers['sec-websocket-protocol'] ?? []].flat().join(',')
  return listed === '' ? [] : listed.split(',').map((name) => name.trim())
}

/** The key of a client's handshake, or what is wrong with it (RFC 6455 section 4.2.1). */
export function readKey(headers: HeaderMap): string | SluiceError {
  if (firstValue(headers, 'sec-websocket-version') !== version) {
    return new SluiceError('WEBSOCKET_VERSION', `The gateway speaks version ${version} of the WebSocket protocol.`, {
      headers: { 'sec-websocket-version': version, upgrade: 'websocket', connection: 'upgrade, close' },
    })
  }
  const key = firstValue(headers, 'sec-websocket-key')
  if (key === undefined || !keyForm.test(key)) return malformed('Sec-WebSocket-Key must be 16 bytes in base64.')
  const protocols = protocolsOf(headers)
  const distinct = new Set(protocols).size === protocols.length
  return distinct && protocols.every((name) => token.test(name)) ? key : malformed('Sec-WebSocket-Protocol must list each name once.')
}

function malformed(sentence: string): SluiceError {
  return new SluiceError('BAD_REQUEST', sentence)
}
