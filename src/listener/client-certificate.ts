import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'

/** The certificate that a client showed when it opened the connection. */
export interface ClientCertificate {
  /** Whether an authority of the listener vouches for it; nothing else of it counts otherwise. */
  readonly verified: boolean
  readonly uris: readonly string[]
  readonly hosts: readonly string[]
  readonly emails: readonly string[]
  readonly cn: string | null
  readonly issuer: string | null
  readonly serial: string
  /** SHA-256 in lower-case hexadecimal digits without colons. */
  readonly fingerprint: string
  /** Until when it is valid, in ms since the epoch. */
  readonly validTo: number
}

/** Where a connection keeps what it was opened with; HTTP/2 shows its requests a stand-in for the socket. */
const key = Symbol('client certificate')

interface Certified {
  [key]?: ClientCertificate
}

/** Reads the certificate of a connection that has just been opened, once for all its requests. */
export function rememberCertificate(socket: TLSSocket & Certified): void {
  const certificate = socket.getPeerX509Certificate()
  // A resumed session without a certificate counts as authorised in Node, so the certificate itself has to be there.
  if (certificate === undefined) return
  const names = alternativeNames(certificate.subjectAltName ?? '')
  const named = (kind: string) => names.flatMap(([of, name]) => (of === kind ? [name] : []))
  socket[key] = Object.freeze({
    verified: socket.authorized,
    uris: named('URI'),
    hosts: named('DNS'),
    emails: named('email'),
    cn: commonName(certificate.subject),
    issuer: commonName(certificate.issuer),
    serial: certificate.serialNumber,
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    validTo: certificate.validToDate.getTime(),
  })
}

/** The certificate that the client of a connection showed, if the listener asked for one. */
export function certificateOf(socket: Duplex & Certified): ClientCertificate | undefined {
  return socket[key]
}

/** Node writes names that could be mistaken for a list of names as JSON strings. */
function alternativeNames(text: string): [string, string][] {
  return [...text.matchAll(/(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(([, kind = '', name = '']) => {
    return [kind, name.startsWith('"') ? String(JSON.parse(name)) : name]
  })
}

/** The one common name of a subject; one of several is nobody's name. */
function commonName(subject: string): string | null {
  const names = subject.split('\n').flatMap((line) => (line.startsWith('CN=') ? [line.slice(3)] : []))
  return names.length === 1 ? (names[0] ?? null) : null
}
