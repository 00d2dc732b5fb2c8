import type { Server } from 'node:net'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Gateway } from '../gateway.ts'

type Current = Pick<Gateway, 'upgrades' | 'upgrade'>

/**
 * Hands WebSocket handshakes of a listener to the gateway that is current when they come. Whatever else asks for an
 * upgrade stays with the parser and arrives as a plain request, with its body.
 */
export function onUpgrade(server: Server, current: () => Current | undefined): void {
  // Node's http2 servers take no such option for their HTTP/1 side, but read the property like http servers do.
  Object.assign(server, { shouldUpgradeCallback: (request: IncomingMessage) => current()?.upgrades(request) ?? false })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const gateway = current()
    if (gateway === undefined) socket.destroy()
    else gateway.upgrade(request, head)
  })
}
