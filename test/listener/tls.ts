import { readFileSync } from 'node:fs'
import { connect as connectHttp2, type ClientHttp2Session, type IncomingHttpHeaders, type OutgoingHttpHeaders, type SecureClientSessionOptions } from 'node:http2'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { TLSSocket, connect, type ConnectionOptions } from 'node:tls'
import type { Test } from 'tap'

/** The text of a test certificate or key. */
export const pem = (name: string): string => readFileSync(new URL(`../certificates/${name}.pem`, import.meta.url), 'utf8')

/** Certificates as files beside the config, for `${file:…}`. */
export const certificates = (...names: string[]): Record<string, string> => {
  return Object.fromEntries(names.flatMap((name) => [[`routes/${name}.pem`, pem(name)], [`routes/${name}-key.pem`, pem(`${name}-key`)]]))
}

/** YAML of a certificate and its key. */
export const pair = (name: string) => `cert: "\${file:${name}.pem}", key: "\${file:${name}-key.pem}"`

export const authorities = [pem('localhost'), pem('ca')]

export interface Told {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

/** One request over HTTP/1.1 and TLS, on its own connection. */
export async function ask(url: string, options: RequestOptions & Pick<ConnectionOptions, 'session' | 'ALPNProtocols'> = {}, body?: string): Promise<Told & { socket: TLSSocket }> {
  const request = httpsRequest(url, { agent: false, ca: authorities, ...options })
  request.end(body)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const { socket } = response
  if (!(socket instanceof TLSSocket)) throw new Error('the connection is not TLS')
  const text = Buffer.concat((await response.toArray()) as Buffer[]).toString()
  return { status: response.statusCode ?? 0, headers: response.headers, text, socket }
}

/** An HTTP/2 connection that is closed with the test. */
export async function openHttp2(t: Test, url: string, options: SecureClientSessionOptions = {}): Promise<ClientHttp2Session> {
  const session = connectHttp2(url, { ca: authorities, ...options })
  t.teardown(() => session.destroy())
  session.on('error', () => undefined)
  await once(session, 'connect')
  return session
}

/** One request over HTTP/2; rejects where the stream is reset. */
export async function ask2(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: string | Buffer): Promise<Told> {
  const stream = session.request({ ':path': '/', ...headers }, { endStream: body === undefined })
  if (body !== undefined) stream.end(body)
  const [head] = (await once(stream, 'response')) as [IncomingHttpHeaders]
  const text = Buffer.concat((await stream.toArray()) as Buffer[]).toString()
  return { status: Number(head[':status']), headers: head, text }
}

/** A TLS connection for bytes of one's own. */
export async function openTls(t: Test, url: string, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port), servername: 'localhost', ca: authorities, ...options })
  t.teardown(() => socket.destroy())
  socket.on('error', () => undefined)
  await once(socket, 'secureConnect')
  return socket
}
