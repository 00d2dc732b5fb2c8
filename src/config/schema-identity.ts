import { Type, type Static } from 'typebox'
import { address, headerName, strict } from './schema-parts.ts'
import { Duration } from './units.ts'

const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const

const JwtProvider = Type.Object(
  {
    type: Type.Literal('jwt'),
    issuer: address('The only issuer whose tokens count; its discovery document names the keys.'),
    audience: Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })], {
      description: 'The audience that a token must be meant for; one of several.',
    }),
    jwks: Type.Optional(address('Address of the key set, where there is no discovery document.')),
    algorithms: Type.Array(Type.Enum(algorithms), {
      minItems: 1,
      description: 'Signature algorithms that count; a token cannot choose another.',
      default: ['RS256', 'ES256'],
    }),
    clockTolerance: Duration({
      description: 'How far the clocks of issuer and gateway may be apart.',
      default: '5s',
    }),
  },
  { ...strict, description: 'Bearer tokens, signed by an OpenID provider.' },
)

const ApiKeyProvider = Type.Object(
  {
    type: Type.Literal('api-key'),
    header: headerName('The header that carries the key.', 'x-api-key'),
    keys: Type.String({
      description:
        "One key a line: `sha256:<hex of the key's SHA-256> <subject> [scope …]`. Usually `${file:…}`; keys are never stored in the clear.",
    }),
  },
  { ...strict, description: 'Keys given out to partners, hashed at rest.' },
)

const MtlsProvider = Type.Object(
  {
    type: Type.Literal('mtls'),
    subject: Type.Enum(['san-uri', 'san-dns', 'san-email', 'cn', 'fingerprint'], {
      description:
        'What of the certificate names the client: the first URI (as SPIFFE has it), DNS name or mail address of its subjectAltName, its common name, or the SHA-256 of the certificate.',
      default: 'san-uri',
    }),
    scopes: Type.Array(Type.String({ minLength: 1 }), {
      description: 'Scopes of every client that such a certificate names.',
      default: [],
    }),
  },
  {
    ...strict,
    description:
      'Certificates of clients, verified by a listener with `tls.clients`. A credential in a header, which says who uses the connection, goes before. The claims are `uris`, `hosts`, `emails`, `cn`, `issuer`, `serial` and `fingerprint`. A certificate counts for the connection it opened: one that a trusted proxy shows is not its client\'s.',
  },
)

/** An identity provider; `type` says which kind. */
export const Provider = Type.Union([JwtProvider, ApiKeyProvider, MtlsProvider])

export type JwtSettings = Static<typeof JwtProvider>
export type ApiKeySettings = Static<typeof ApiKeyProvider>
export type MtlsSettings = Static<typeof MtlsProvider>
export type ProviderSettings = Static<typeof Provider>
