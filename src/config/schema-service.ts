import { Type, type Static } from 'typebox'
import { headerMap, headerNames, methodNames, path, strict } from './schema-parts.ts'
import { resilienceKeys } from './schema-resilience.ts'
import { targetKeys } from './schema-targets.ts'
import { Duration, Integer } from './units.ts'

/** What timers can wait for at most; a longer time would fire at once. */
const longest = 24 * 86_400_000

const Access = Type.Object(
  {
    methods: Type.Optional(methodNames('Methods that the rule holds for; all if left out.')),
    path: path('Path at the service; `{x}` matches one segment, a closing `/*` the rest, also nothing.'),
    scopes: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), { description: 'Scopes that the identity must have, all of them.' }),
    ),
    claims: Type.Optional(
      Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
        description: 'Claims that must have exactly this value.',
      }),
    ),
  },
  { ...strict, description: 'Every rule that a call matches must hold, whatever route or field made the call.' },
)

const Timeout = Type.Object(
  {
    connect: Duration({ description: 'To open a connection.', default: '500ms', minimum: 1, maximum: longest }),
    attempt: Duration({
      description: "From sending a call to its answer's head.",
      default: '5s',
      minimum: 1,
      maximum: longest,
    }),
    total: Duration({
      description: "From taking a call to its answer's head, all waiting included.",
      default: '10s',
      minimum: 1,
      maximum: longest,
    }),
    idle: Duration({
      description: "Longest silence within an answer's body.",
      default: '30s',
      minimum: 1,
      maximum: longest,
    }),
  },
  { ...strict, description: 'How long the service may take.', default: {} },
)

export const Service = Type.Object(
  {
    ...targetKeys,
    contract: Type.Optional(
      Type.Object(
        { openapi: Type.String({ description: 'Path of the OpenAPI document (3.0 or later, YAML or JSON), from this file.' }) },
        { ...strict, description: "What the service promises. At start-up and reload the GraphQL schema is held against it: paths, parameters and bodies of `@rest`, and the names, types and nullability of what is read; what the contract leaves open passes, and so does what is in other documents. `maxItems` bounds lists that have no `@list`." },
      ),
    ),
    naming: Type.Enum(['as-is', 'snake_case'], {
      description: 'How the service writes names in its JSON and queries; GraphQL names stay camelCase.',
      default: 'as-is',
    }),
    select: Type.Optional(
      Type.Object(
        {
          parameter: Type.String({ minLength: 1, description: 'Name of the query parameter, such as `fields`.' }),
          style: Type.Enum(['comma', 'repeat', 'dotted'], {
            description: 'How the names are written: `fields=id,name`, `fields=id&fields=name`, or with what is needed of objects within, as in `fields=id,address.city`.',
            default: 'comma',
          }),
        },
        {
          ...strict,
          description: 'The service answers a GET with the properties that it is asked for. A GraphQL query then asks for those that it reads, and for what finds and batches objects; left out, the service answers with everything. With a `contract` only operations that have the parameter are told. Operations in which resolvers in code have a part ask for everything, and so do calls out of whose answer `@map` takes a part.',
        },
      ),
    ),
    access: Type.Array(Access, { description: 'Who may call what.', default: [] }),
    identity: Type.Optional(
      Type.Object(
        {
          headers: Type.Optional(
            headerMap(
              'Headers that tell the service who the client is: constants and expressions such as {identity.subject}. One without a value is left out.',
            ),
          ),
        },
        { ...strict, description: "What the service is told of the identity; a client's own copy is removed." },
      ),
    ),
    forward: headerNames('Credential headers of the client that the service may see.'),
    share: Type.Optional(
      Type.Object(
        {
          ignore: Type.Array(Type.Enum(['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto']), {
            description: "What the service is told of a client and does not go by. Without `x-forwarded-for` here, only clients of one address share a call; with it, the service sees the address of whoever asked first, so ignore it only where the service neither limits nor locates clients by it.",
            default: [],
          }),
        },
        {
          ...strict,
          description: "Lets GraphQL requests that are under way at the same time share answers; `{}` takes the defaults. A GET is made once for all that would send the very same: the path, every header, identity header and forwarded credential, X-Forwarded-*, and what `balance` goes by; x-request-id and x-request-deadline, which only trace and time, are those of the first. A query is executed once for all that ask the same document, variables and operation, where all its services share. Each client's access is checked before, each keeps its own time, and the call goes on until the last has left. Nothing under Mutation is shared, and what began before a write to the service has ended, by whatever route or field, is given to nobody who comes later; what goes over WebSockets, past Sluice, or to other services is no such write. Not with `fallback`.",
        },
      ),
    ),
    timeout: Timeout,
    ...resilienceKeys,
    connections: Integer({ minimum: 1, description: 'Most connections to one target. A slow client holds one for as long as it sends or reads, so this is how many slow clients others do not feel.', default: 4096 }),
    http2: Type.Boolean({
      description: 'Speaks HTTP/2 with targets that choose it, over TLS (ALPN). One connection then carries up to 100 calls, which fail together when it breaks. WebSockets keep to HTTP/1.1.',
      default: false,
    }),
    tls: Type.Optional(
      Type.Object(
        {
          ca: Type.Optional(
            Type.String({ description: "PEM of the authorities that vouch for the service, usually `${file:…}`; the system's if left out." }),
          ),
          cert: Type.Optional(
            Type.String({ description: 'PEM of the certificate that Sluice shows to the service (mutual TLS), usually `${file:…}`.' }),
          ),
          key: Type.Optional(Type.String({ description: "PEM of that certificate's private key, usually `${file:…}`." })),
          serverName: Type.Optional(
            Type.String({
              minLength: 1,
              description: "The name that the service's certificate must have, and that is asked for (SNI); that of the URL if left out.",
            }),
          ),
        },
        { ...strict, description: "The service's certificate is always verified." },
      ),
    ),
  },
  { ...strict, description: 'A backend, declared once.' },
)

export type AccessSettings = Static<typeof Access>
export type TimeoutSettings = Static<typeof Timeout>
export type ServiceSettings = Static<typeof Service>
