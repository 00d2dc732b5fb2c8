import { Type, type Static } from 'typebox'
import { Duration, Integer, Rate } from './units.ts'

/** The config's shape. Descriptions are the operator's reference page; routes get their policy keys in `routes.ts`. */

const strict = { additionalProperties: false }
const name = Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_-]*$' })
const expression = 'Constants and expressions in braces: {x} is a parameter of the path, {identity.subject} and {identity.claims.x} come from the identity.'

const Listener = Type.Object(
  {
    host: Type.Optional(Type.String({ description: 'The address to listen on.', default: '127.0.0.1' })),
    port: Integer({ description: 'The port; 0 takes a free one.', maximum: 65_535 }),
  },
  { ...strict, description: 'An address that clients connect to.' },
)

const Admin = Type.Object(
  {
    host: Type.Optional(Type.String({ description: 'The address to listen on; another than loopback needs a token.', default: '127.0.0.1' })),
    port: Integer({ description: 'The port; 0 takes a free one.', maximum: 65_535 }),
    token: Type.Optional(Type.String({ minLength: 16, description: 'Bearer token that every admin request but the health checks must carry.' })),
  },
  { ...strict, description: 'Health, readiness and metrics, apart from client traffic.' },
)

const JwtProvider = Type.Object(
  {
    type: Type.Literal('jwt'),
    issuer: Type.String({ pattern: '^https?://', description: 'The only issuer whose tokens count; its discovery document names the keys.' }),
    audience: Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })], { description: 'The audience that a token must be meant for; one of several.' }),
    jwks: Type.Optional(Type.String({ pattern: '^https?://', description: 'Address of the key set, where there is no discovery document.' })),
    algorithms: Type.Optional(
      Type.Array(Type.Enum(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']), {
        minItems: 1,
        description: 'Signature algorithms that count; a token cannot choose another.',
        default: ['RS256', 'ES256'],
      }),
    ),
    clockTolerance: Type.Optional(Duration({ description: 'How far the clocks of issuer and gateway may be apart.', default: '5s' })),
  },
  { ...strict, description: 'Bearer tokens, signed by an OpenID provider.' },
)

const ApiKeyProvider = Type.Object(
  {
    type: Type.Literal('api-key'),
    header: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9-]+$', description: 'The header that carries the key.', default: 'x-api-key' })),
    keys: Type.String({ description: 'One key a line: `sha256:<hex of the key\'s SHA-256> <subject> [scope …]`. Usually `${file:…}`; keys are never stored in the clear.' }),
  },
  { ...strict, description: 'Keys given out to partners, hashed at rest.' },
)

const Limit = Type.Object(
  {
    by: Type.String({
      pattern: '^(identity\\.(subject|provider|claims\\.[A-Za-z0-9_.-]+)|client\\.address|header\\.[A-Za-z0-9-]+)$',
      description: 'What is counted: identity.subject (an API key is its subject), identity.claims.x, client.address or header.x. A client without it counts by address.',
    }),
    rate: Rate({ description: 'How much may flow in the long run.' }),
    burst: Type.Optional(Integer({ minimum: 1, description: 'How much may come at once. Defaults to the number in the rate.' })),
    mode: Type.Optional(Type.Enum(['enforce', 'shadow'], { description: 'In shadow the limit counts and logs, and lets pass.', default: 'enforce' })),
  },
  { ...strict, description: 'One name is one counter, in REST and GraphQL alike.' },
)

const Access = Type.Object(
  {
    methods: Type.Optional(Type.Array(Type.String({ pattern: '^[A-Z-]+$' }), { minItems: 1, description: 'Methods that the rule holds for; all if left out.' })),
    path: Type.String({ pattern: '^/', description: 'Path at the service; `{x}` matches one segment, a closing `/*` the rest, also nothing.' }),
    scopes: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { description: 'Scopes that the identity must have, all of them.' })),
    claims: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), { description: 'Claims that must have exactly this value.' })),
  },
  { ...strict, description: 'Every rule that a call matches must hold, whatever route or field made the call.' },
)

const Service = Type.Object(
  {
    targets: Type.Array(
      Type.Object({ url: Type.String({ pattern: '^https?://', description: 'Origin, and optionally a base path.' }) }, strict),
      { minItems: 1, description: 'The addresses of the service; calls go to them in turn.' },
    ),
    contract: Type.Optional(Type.Object({ openapi: Type.String({ description: 'Path of the OpenAPI document, from this file.' }) }, { ...strict, description: 'What the service promises.' })),
    naming: Type.Optional(Type.Enum(['as-is', 'snake_case'], { description: 'How the service writes names in its JSON and queries; GraphQL names stay camelCase.', default: 'as-is' })),
    access: Type.Optional(Type.Array(Access, { description: 'Who may call what.' })),
    identity: Type.Optional(
      Type.Object(
        { headers: Type.Optional(Type.Record(Type.String({ pattern: '^[A-Za-z0-9-]+$' }), Type.String(), { ...strict, description: `Headers that tell the service who the client is. ${expression} One without a value is left out.` })) },
        { ...strict, description: "What the service is told of the identity; a client's own copy is removed." },
      ),
    ),
    forward: Type.Optional(Type.Array(Type.String({ pattern: '^[A-Za-z0-9-]+$' }), { description: 'Credential headers of the client that the service may see.' })),
    timeout: Type.Optional(
      Type.Object(
        {
          connect: Type.Optional(Duration({ description: 'To open a connection.', default: '500ms' })),
          attempt: Type.Optional(Duration({ description: "From sending a call to its answer's head.", default: '5s' })),
          total: Type.Optional(Duration({ description: 'From taking a call to its answer\'s head, all waiting included.', default: '10s' })),
          idle: Type.Optional(Duration({ description: "Longest silence within an answer's body.", default: '30s' })),
        },
        { ...strict, description: 'How long the service may take.' },
      ),
    ),
    connections: Type.Optional(Integer({ minimum: 1, description: 'Most connections to one target.', default: 128 })),
    tls: Type.Optional(Type.Object({ ca: Type.Optional(Type.String({ description: 'PEM of the authorities that vouch for the service, usually `${file:…}`.' })) }, { ...strict, description: 'Certificates are always verified.' })),
  },
  { ...strict, description: 'A backend, declared once.' },
)

const Match = Type.Object(
  {
    hosts: Type.Optional(Type.Array(Type.String({ pattern: '^(\\*\\.)?[a-z0-9.-]+$' }), { minItems: 1, description: 'Host names, lower-case; `*.example.com` matches one or more labels. All if left out.' })),
    methods: Type.Optional(Type.Array(Type.String({ pattern: '^[A-Z-]+$' }), { minItems: 1, description: 'Methods; GET implies HEAD. All if left out.' })),
    path: Type.String({ pattern: '^/', description: 'Path; `{x}` matches one segment, a closing `/*` the rest, also nothing. Literal wins over parameter over rest.' }),
    headers: Type.Optional(Type.Record(Type.String({ pattern: '^[a-z0-9-]+$' }), Type.String(), { ...strict, description: 'Headers, by lower-case name, that must have exactly this value.' })),
  },
  { ...strict, description: 'Which requests the route takes.' },
)

const To = Type.Object(
  {
    service: Type.String({ description: "The service's name." }),
    path: Type.Optional(Type.String({ pattern: '^/', description: `Path at the service, without a query; the path as matched if left out. ${expression} A closing \`/*\` passes on what the route's own \`/*\` matched.` })),
  },
  { ...strict, description: 'Where the route goes.' },
)

const Operations = Type.Object(
  {
    depth: Type.Optional(Integer({ minimum: 1, description: 'Deepest nesting of fields.', default: 12 })),
    calls: Type.Optional(Integer({ minimum: 1, description: 'Most calls to services that one operation may make.', default: 50 })),
    tokens: Type.Optional(Integer({ minimum: 1, description: 'Longest document, in tokens.', default: 2000 })),
    aliases: Type.Optional(Integer({ minimum: 0, description: 'Most aliases in one operation.', default: 30 })),
  },
  { ...strict, description: 'What one operation may ask; more is refused before any call.' },
)

export const RouteCore = { match: Match, to: To }

export const GraphqlCore = {
  path: Type.Optional(Type.String({ pattern: '^/', description: 'Where clients send operations, and where the playground is.', default: '/graphql' })),
  playground: Type.Optional(Type.Boolean({ description: 'Whether a browser gets the playground.', default: true })),
  operations: Type.Optional(Operations),
}

export const GatewayCore = {
  listeners: Type.Record(name, Listener, { ...strict, minProperties: 1, description: 'Addresses that clients connect to, by name.' }),
  admin: Type.Optional(Admin),
  trustedProxies: Type.Optional(Type.Array(Type.String(), { description: 'CIDRs whose X-Forwarded-For is believed.' })),
  state: Type.Optional(Type.String({ pattern: '^(memory|rediss?://.+)$', description: 'Where limits count: `memory`, or `redis://host:6379` for several gateways.', default: 'memory' })),
  identity: Type.Optional(Type.Record(name, Type.Union([JwtProvider, ApiKeyProvider]), { ...strict, description: 'Identity providers, by name.' })),
  limits: Type.Optional(Type.Record(name, Limit, { ...strict, description: 'Rate limits, by name.' })),
  services: Type.Optional(Type.Record(name, Service, { ...strict, description: 'Backends, by name.' })),
  drain: Type.Optional(Duration({ description: 'Longest time that exchanges in flight are given when the gateway stops or is replaced.', default: '30s' })),
}

export type ListenerSettings = Static<typeof Listener>
export type AdminSettings = Static<typeof Admin>
export type JwtSettings = Static<typeof JwtProvider>
export type ApiKeySettings = Static<typeof ApiKeyProvider>
export type ProviderSettings = JwtSettings | ApiKeySettings
export type LimitSettings = Static<typeof Limit>
export type AccessSettings = Static<typeof Access>
export type ServiceSettings = Static<typeof Service>
export type MatchSettings = Static<typeof Match>
export type ToSettings = Static<typeof To>
export type OperationSettings = Static<typeof Operations>
