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

/** An identity provider; `type` says which kind. */
export const Provider = Type.Union([JwtProvider, ApiKeyProvider])

export type JwtSettings = Static<typeof JwtProvider>
export type ApiKeySettings = Static<typeof ApiKeyProvider>
export type ProviderSettings = Static<typeof Provider>
