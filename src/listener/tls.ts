import { createSecureContext, createServer, type SecureContext, type Server, type TLSSocket } from 'node:tls'
import type { TlsSettings } from '../config/schema.ts'
import { rememberCertificate } from './client-certificate.ts'
import type { Pair } from './certificate.ts'

export interface TlsOptions {
  readonly tls: TlsSettings
  /** Longest time that a handshake may take, in ms. */
  readonly handshakeMs: number
  /** Told of each connection once its handshake is done. */
  readonly opened: (socket: TLSSocket, protocol: string) => void
  /** Told of each handshake that fails. */
  readonly failed: (error: Error, socket: TLSSocket) => void
}

/**
 * A TLS server that never listens: connections are handed to it with a `connection` event. Whoever asks for a name
 * that no certificate was named for gets the listener's own.
 */
export function createTls({ tls, handshakeMs, opened, failed }: TlsOptions): Server {
  const find = compileNames(tls)
  const server = createServer({
    ...contextOptions(tls, tls),
    SNICallback: (name, done) => done(null, find(name)),
    ALPNProtocols: tls.protocols,
    handshakeTimeout: handshakeMs,
    requestCert: tls.clients !== undefined,
    rejectUnauthorized: tls.clients?.required ?? false,
  })
  server.on('secureConnection', (socket) => {
    const { alpnProtocol } = socket
    // A client that knows no ALPN speaks HTTP/1.1.
    const protocol = typeof alpnProtocol === 'string' ? alpnProtocol : 'http/1.1'
    if (!tls.protocols.some((known) => known === protocol)) return void socket.destroy()
    if (tls.clients !== undefined) rememberCertificate(socket)
    opened(socket, protocol)
  })
  server.on('tlsClientError', (error, socket) => {
    failed(error, socket)
    // Node leaves a connection open whose handshake took too long.
    socket.destroy()
  })
  return server
}

/** Throws where OpenSSL has something against the pair. */
export function contextOptions({ cert, key }: Pair, { minVersion, clients }: TlsSettings) {
  return { cert, key, minVersion, ...(clients === undefined ? {} : { ca: clients.ca }) }
}

/** The certificate for a name that a client asks for: one for the very name goes before one with a `*`. */
function compileNames(tls: TlsSettings): (name: string) => SecureContext | undefined {
  const contexts = new Map<string, SecureContext>()
  for (const { hosts, ...pair } of tls.sni) {
    const context = createSecureContext(contextOptions(pair, tls))
    for (const host of hosts) contexts.set(host, context)
  }
  return (asked) => {
    const name = asked.toLowerCase()
    return contexts.get(name) ?? contexts.get(`*${name.slice(Math.max(0, name.indexOf('.')))}`)
  }
}
