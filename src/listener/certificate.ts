import { X509Certificate, createPrivateKey, type KeyObject } from 'node:crypto'

/** Why a certificate, a key or both can't be used. The message is a clause without a full stop. */
export class CertificateError extends Error {
  readonly part: 'cert' | 'key'

  constructor(part: 'cert' | 'key', message: string) {
    super(message)
    this.part = part
  }
}

/** A private key and the certificate that goes with it, both PEM. */
export interface Pair {
  readonly cert: string
  readonly key: string
}

/** The first certificate of a pair, once it is sure that both are sound and belong together. Throws `CertificateError`. */
export function readPair({ cert, key }: Pair): X509Certificate {
  const [first] = readCertificates(cert)
  if (!first.checkPrivateKey(readKey(key))) {
    throw new CertificateError('key', 'this is not the key that belongs to the certificate')
  }
  return first
}

const block = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

/** All certificates of a PEM file, of which there is at least one. Throws `CertificateError`. */
export function readCertificates(pem: string): [X509Certificate, ...X509Certificate[]] {
  try {
    const [first, ...more] = (pem.match(block) ?? []).map((text) => new X509Certificate(text))
    if (first !== undefined) return [first, ...more]
  } catch {
    // What is between the lines is no certificate either.
  }
  throw new CertificateError('cert', 'this is not a certificate in PEM')
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    throw new CertificateError('key', 'this is not an unencrypted private key in PEM')
  }
}

/** How long before its end a certificate is worth a warning, in ms. */
const soon = 14 * 86_400_000

/** What an operator should know of a certificate that can be used; clauses without a full stop. */
export function warningsOf(certificate: X509Certificate, hosts: readonly string[], now: number): string[] {
  const [from, to] = [certificate.validFromDate.getTime(), certificate.validToDate.getTime()]
  const time = now > to ? [`the certificate has expired on ${dayOf(to)}`]
    : now < from ? [`the certificate is not valid before ${dayOf(from)}`]
    : to - now < soon ? [`the certificate expires on ${dayOf(to)}`]
    : []
  const strange = hosts.filter((host) => certificate.checkHost(host.replace(/^\*\./, 'any.')) === undefined)
  return [...time, ...strange.map((host) => `the certificate is not for ${host}`)]
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}
