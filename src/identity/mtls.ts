import type { MtlsSettings } from '../config/schema.ts'
import { SluiceError } from '../errors.ts'
import type { Identity } from '../identity.ts'
import type { ClientCertificate } from '../listener/client-certificate.ts'
import { challenge } from './challenge.ts'
import type { Provider } from './provider.ts'

/** Makes a provider of identities from certificates, which a listener has verified when the connection opened. */
export function createMtlsProvider(name: string, settings: MtlsSettings): Provider {
  const identify = compileIdentify(name, settings)
  const remembered = new WeakMap<ClientCertificate, Identity | SluiceError>()
  return {
    name,
    type: settings.type,
    header: null,
    recognise: () => undefined,
    verify: () => new SluiceError('UNAUTHENTICATED', 'A certificate is no credential that a header carries.'),
    identify: ({ certificate }) => {
      if (certificate === undefined) return undefined
      const known = remembered.get(certificate)
      if (known !== undefined) return known
      const identity = identify(certificate)
      remembered.set(certificate, identity)
      return identity
    },
    challenge: () => challenge('ClientCertificate', { realm: name }),
    close: () => undefined,
  }
}

function compileIdentify(name: string, settings: MtlsSettings): (certificate: ClientCertificate) => Identity | SluiceError {
  const subjectOf = subjects[settings.subject]
  const scopes = new Set(settings.scopes)
  return (certificate) => {
    if (!certificate.verified) return new SluiceError('CERTIFICATE_INVALID', 'No authority that counts here vouches for the client certificate.')
    const subject = subjectOf(certificate)
    if (subject === null || subject === '') {
      return new SluiceError('CERTIFICATE_INVALID', `The client certificate does not say who it is for: it has no ${settings.subject}.`)
    }
    const { uris, hosts, emails, cn, issuer, serial, fingerprint, validTo } = certificate
    const claims = Object.freeze({ uris, hosts, emails, cn, issuer, serial, fingerprint })
    return Object.freeze({ subject, scopes, claims, provider: name, expiresAt: validTo })
  }
}

const subjects: Record<MtlsSettings['subject'], (certificate: ClientCertificate) => string | null> = {
  'san-uri': ({ uris }) => uris[0] ?? null,
  'san-dns': ({ hosts }) => hosts[0] ?? null,
  'san-email': ({ emails }) => emails[0] ?? null,
  cn: ({ cn }) => cn,
  fingerprint: ({ fingerprint }) => fingerprint,
}
