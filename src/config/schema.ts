import { Type, type Static } from 'typebox'
import { Provider } from './schema-identity.ts'
import { Listener } from './schema-listener.ts'
import { name, named, strict } from './schema-parts.ts'
import { Service } from './schema-service.ts'
import { Duration, Integer, Rate } from './units.ts'

export { OpenapiCore } from './schema-openapi.ts'
export { GraphqlCore, RouteCore } from './schema-route.ts'
export type { ApiKeySettings, JwtSettings, MtlsSettings, ProviderSettings } from './schema-identity.ts'
export type { ListenerSettings, TlsSettings } from './schema-listener.ts'
export type { FaceSettings, MatchSettings, OperationSettings, RespondSettings, ToSettings, WrittenTo } from './schema-route.ts'
export type {
  BreakerSettings, ConcurrencySettings, FallbackSettings, HedgeSettings, RetrySettings,
} from './schema-resilience.ts'
export type { AccessSettings, ServiceSettings, TimeoutSettings } from './schema-service.ts'
export type { MirrorSettings, RouteTimeoutSettings, SplitSettings } from './schema-traffic.ts'
export type { FileTargetSettings, TargetSettings } from './schema-targets.ts'

/**
 * The config's shape. Descriptions are the operator's reference page; `expects` says in messages what a pattern asks
 * for. A key with a `default` may be left out and is then filled in, so its type is required here.
 */

const Admin = Type.Object(
  {
    host: Type.String({
      description: 'The address to listen on; another than loopback needs a token.',
      default: '127.0.0.1',
    }),
    port: Integer({ description: 'The port; 0 takes a free one.', maximum: 65_535 }),
    token: Type.Optional(
      Type.String({
        minLength: 16,
        description: 'Bearer token that every admin request but the health checks must carry.',
      }),
    ),
  },
  { ...strict, description: 'Health, readiness and metrics, apart from client traffic.' },
)

const Limit = Type.Object(
  {
    by: Type.String({
      pattern: '^(identity\\.(subject|provider|claims\\.[A-Za-z0-9_.-]+)|client\\.address|header\\.[A-Za-z0-9-]+)$',
      expects: 'one of identity.subject, identity.provider, identity.claims.x, client.address and header.x',
      description:
        'What is counted: identity.subject (an API key is its subject), identity.claims.x, client.address or header.x. A client without it counts by address.',
    }),
    rate: Rate({ description: 'How much may flow in the long run.' }),
    burst: Type.Optional(
      Integer({ minimum: 1, description: 'How much may come at once. Defaults to the number in the rate.' }),
    ),
    cost: Type.Enum(['requests', 'calls'], {
      description: 'What one request takes. With calls a GraphQL operation, also where a route shows it, takes the calls to services that it could make before it makes the first, and gets back those that it did not make; one that could make more than `burst` never passes. A request of any other route takes one.',
      default: 'requests',
    }),
    ipv6Prefix: Integer({
      minimum: 16,
      maximum: 128,
      description: 'How many leading bits of an IPv6 address tell clients apart, where a limit counts by address.',
      default: 64,
    }),
    mode: Type.Enum(['enforce', 'shadow'], {
      description: 'In shadow the limit counts and logs, and lets pass.',
      default: 'enforce',
    }),
  },
  { ...strict, description: 'One name is one counter, in REST and GraphQL alike.' },
)

const Overload = Type.Object(
  {
    inFlight: Integer({
      minimum: 1,
      description: 'Most requests that are answered at a time, on all listeners together. A WebSocket that is open is none.',
      default: 10_000,
    }),
    delay: Duration({
      minimum: 1,
      description: 'Longest time that the process may be late for its work (the delay of its event loop), where it lasts: short pauses do not count.',
      default: '500ms',
    }),
  },
  {
    ...strict,
    description: 'How much one process takes on; nearing it, requests are answered at once with 503, those of the lowest priority first. The policy `overload` gives a route its priority.',
    default: {},
  },
)

export const GatewayCore = {
  listeners: Type.Record(name, Listener, {
    ...named,
    minProperties: 1,
    description: 'Addresses that clients connect to, by name.',
  }),
  admin: Type.Optional(Admin),
  trustedProxies: Type.Array(Type.String(), {
    description: 'Addresses and CIDRs of proxies whose X-Forwarded-For or Forwarded (RFC 7239) is believed: the client is the rightmost address that is none of them.',
    default: [],
  }),
  zone: Type.Optional(
    Type.String({ minLength: 1, description: 'Where this gateway stands; targets in the same zone go before others.' }),
  ),
  overload: Overload,
  state: Type.String({
    pattern: '^(memory|rediss?://.+)$',
    expects: '"memory" or an address such as redis://host:6379',
    description: 'Where limits count and idempotency keys are kept: `memory`, or `redis://host:6379` for several gateways. While a Redis is away each gateway counts limits on its own, and requests with an idempotency key are 503.',
    default: 'memory',
  }),
  identity: Type.Record(name, Provider, { ...named, description: 'Identity providers, by name.', default: {} }),
  limits: Type.Record(name, Limit, { ...named, description: 'Rate limits, by name.', default: {} }),
  services: Type.Record(name, Service, { ...named, description: 'Backends, by name.', default: {} }),
  drain: Duration({
    description: 'Longest time that exchanges in flight are given when the gateway stops or is replaced.',
    default: '30s',
    maximum: 24 * 86_400_000,
  }),
}

export type AdminSettings = Static<typeof Admin>
export type LimitSettings = Static<typeof Limit>
export type OverloadSettings = Static<typeof Overload>
