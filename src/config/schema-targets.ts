import { Type, type Static } from 'typebox'
import { address, path, strict } from './schema-parts.ts'
import { Duration, Integer, Share } from './units.ts'

/** What timers can wait for at most; a longer time would fire at once. */
const longest = 24 * 86_400_000

const place = {
  weight: Integer({
    minimum: 0,
    maximum: 1000,
    description: 'Its part of the calls beside the other targets; 0 takes none.',
    default: 1,
  }),
  zone: Type.Optional(
    Type.String({ minLength: 1, description: "Where it stands. Targets in the gateway's own `zone` go before others." }),
  ),
  priority: Integer({
    maximum: 9,
    description: 'Targets of the lowest number take the calls; the next ones take over what they cannot.',
    default: 0,
  }),
  group: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z][A-Za-z0-9_-]*$',
      expects: 'a name of letters, digits, "-" and "_" that begins with a letter',
      description: "Takes only the calls that a route's `split` sends to the group of this name.",
    }),
  ),
}

const Target = Type.Object(
  {
    url: Type.Optional(address('Origin, and optionally a base path. The name is looked up whenever a connection is opened.')),
    dns: Type.Optional(address('As `url`, but each address (A, AAAA) of the name is a target of its own, looked up again as its records expire.')),
    srv: Type.Optional(
      Type.String({
        pattern: '^_[a-z0-9-]+\\._(tcp|udp)\\..+$',
        expects: 'a name such as _http._tcp.orders.internal',
        description: 'A name whose SRV records are the targets; their priorities and weights count.',
      }),
    ),
    scheme: Type.Enum(['http', 'https'], { description: 'How targets of `srv` are spoken to.', default: 'http' }),
    file: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'A YAML file with a list of targets, each with url, weight, zone, priority and group, watched while running; the path starts from this file.',
      }),
    ),
    ...place,
  },
  { ...strict, description: 'One address, or where addresses are found: one of url, dns, srv and file.' },
)

/** One entry of a watched file. */
export const FileTarget = Type.Object({ url: address('Origin, and optionally a base path.'), ...place }, strict)

export const targetKeys = {
  targets: Type.Array(Target, { minItems: 1, description: 'The addresses of the service.' }),
  resolvers: Type.Array(Type.String({ minLength: 1 }), {
    description: "DNS servers, as `address` or `address:port`, for `dns` and `srv` targets; the system's if left out.",
    default: [],
  }),
  balance: Type.String({
    pattern: '^(round-robin|least-loaded|hash:(identity\\.(subject|claims\\.[A-Za-z0-9_.-]+)|client\\.address|header\\.[A-Za-z0-9-]+|cookie\\.[A-Za-z0-9_.-]+))$',
    expects: 'round-robin, least-loaded, or hash: with identity.subject, identity.claims.x, client.address, header.x or cookie.x',
    description: 'Which target takes a call: `round-robin` in turn by weight, `least-loaded` the one of two at random that has fewer calls in flight, `hash:cookie.session` always the same for the same value. A call without the value goes to the least loaded.',
    default: 'least-loaded',
  }),
  slowStart: Duration({
    description: 'How long a target that is new or was given up takes a part of its calls that grows from a tenth to the whole.',
    default: '10s',
    maximum: longest,
  }),
  panic: Share({
    description: 'When fewer than this share of the targets are fit, health and ejection are left out of account: calls go to all.',
    default: '50%',
  }),
  health: Type.Optional(
    Type.Object(
      {
        path: path('What is asked, with GET; an answer from 200 to 299 is healthy.'),
        every: Duration({ description: 'Time from one check to the next.', default: '5s', minimum: 10, maximum: longest }),
        timeout: Duration({ description: 'Longest time for a check.', default: '1s', minimum: 1, maximum: longest }),
        unhealthyAfter: Integer({ minimum: 1, description: 'Checks in a row that must fail before a target is given up.', default: 3 }),
        healthyAfter: Integer({ minimum: 1, description: 'Checks in a row that must succeed before it is taken back.', default: 2 }),
      },
      { ...strict, description: 'Asks each target whether it is well. Without it, only calls tell.' },
    ),
  ),
  outlier: Type.Object(
    {
      failures: Integer({
        minimum: 0,
        description: 'Failed calls in a row after which a target takes none for a while, when its peers do better; 0 never.',
        default: 5,
      }),
      ejectFor: Duration({
        description: 'For how long, times how often in a row it happened.',
        default: '10s',
        minimum: 1,
        maximum: longest,
      }),
      most: Share({ description: 'Largest share of the targets that may be ejected at a time.', default: '50%' }),
    },
    { ...strict, description: 'Leaves out targets that fail while others do not.', default: {} },
  ),
}

export type TargetSettings = Static<typeof Target>
export type FileTargetSettings = Static<typeof FileTarget>
