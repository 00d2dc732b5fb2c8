import { Type, type Static } from 'typebox'
import { strict } from './schema-parts.ts'
import { Duration, Integer, Rate, Size } from './units.ts'

/** What timers can wait for at most; a longer time would fire at once. */
const longest = 24 * 86_400_000

const pair = {
  cert: Type.String({ description: 'PEM of the certificate and of those between it and its authority, usually `${file:…}`.' }),
  key: Type.String({ description: "PEM of the certificate's private key, usually `${file:…}`." }),
}

const Named = Type.Object(
  {
    hosts: Type.Array(
      Type.String({
        pattern: '^(\\*\\.)?[a-z0-9-]+(\\.[a-z0-9-]+)*$',
        expects: 'a host name in lower case, such as api.example.com or *.example.com',
      }),
      { minItems: 1, description: 'Host names; `*.` at the beginning stands for one label.' },
    ),
    ...pair,
  },
  { ...strict, description: 'A certificate for clients that ask for one of these names.' },
)

const Clients = Type.Object(
  {
    ca: Type.String({ description: 'PEM of the authorities that vouch for clients, usually `${file:…}`.' }),
    required: Type.Boolean({
      description:
        'Whether the handshake fails without a certificate that an authority vouches for. Otherwise a client without one is anonymous, and one with a certificate that cannot be verified gets 401 on routes with an `mtls` provider and is anonymous on others.',
      default: true,
    }),
  },
  {
    ...strict,
    description:
      'Asks clients for a certificate. It is verified when a connection opens: a change holds for new connections.',
  },
)

const Tls = Type.Object(
  {
    ...pair,
    sni: Type.Array(Named, { description: 'Certificates for other host names; a name that none has gets the one above.', default: [] }),
    minVersion: Type.Enum(['TLSv1.2', 'TLSv1.3'], { description: 'The oldest version of TLS that is spoken.', default: 'TLSv1.2' }),
    protocols: Type.Array(Type.Enum(['h2', 'http/1.1']), {
      minItems: 1,
      uniqueItems: true,
      description: 'What may be spoken over TLS, the favourite first (ALPN). HTTP/2 is spoken over TLS only.',
      default: ['h2', 'http/1.1'],
    }),
    clients: Type.Optional(Clients),
  },
  {
    ...strict,
    description: 'Certificates are read anew at each reload: new connections get the new ones, and none is dropped.',
  },
)

const Http2 = Type.Object(
  {
    streams: Integer({ minimum: 1, maximum: 10_000, description: 'Most requests at a time on one connection.', default: 100 }),
    resets: Rate({
      description: 'How many requests a client may take back in the long run; more end the connection (Rapid Reset).',
      default: '50/s',
    }),
    resetBurst: Integer({ minimum: 1, description: 'How many it may take back at once.', default: 200 }),
  },
  { ...strict, description: 'What one HTTP/2 connection may do.', default: {} },
)

const Timeouts = Type.Object(
  {
    handshake: Duration({ description: 'To open TLS, and to say who is calling where PROXY protocol is on.', default: '10s', minimum: 1, maximum: longest }),
    headers: Duration({
      description: "To send a request's line and headers, from the connection's opening or the answer before; then 408. Over HTTP/2 from where they begin; then the connection is ended, after twice the time at the latest.",
      default: '10s',
      minimum: 1,
      maximum: longest,
    }),
    idle: Duration({
      description: 'How long a connection without a request is kept; longer than load balancers do, so that they close first.',
      default: '72s',
      minimum: 1,
      maximum: longest,
    }),
    stalled: Duration({
      description: 'How long a client may not read an answer that waits for it.',
      default: '1min',
      minimum: 1,
      maximum: longest,
    }),
  },
  { ...strict, description: 'How long a client may take. There is no limit on a whole request: uploads and streams may last.', default: {} },
)

const Uploads = Type.Object(
  {
    rate: Size({
      description: 'Least that a client must send of a body in each second, on average over the window; 0B for no limit.',
      default: '500B',
    }),
    window: Duration({ description: 'Over how long it is averaged.', default: '20s', minimum: 1, maximum: longest }),
  },
  {
    ...strict,
    description: 'A body that comes slower is ended with 408. Time in which the gateway or a service holds the client back does not count.',
    default: {},
  },
)

const Limits = Type.Object(
  {
    connections: Integer({ minimum: 1, description: 'Most connections at a time; further ones are closed at once.', default: 10_000 }),
    head: Size({ description: "Largest request line and headers together; more is 431.", default: '16KiB', minimum: 1024, maximum: 1024 ** 2 }),
    headers: Integer({ minimum: 8, description: 'Most header fields of a request; more is 431.', default: 100 }),
    url: Size({ description: 'Longest path and query; more is 414.', default: '8KiB', minimum: 64, maximum: 1024 ** 2 }),
  },
  { ...strict, description: 'What one request and one listener may take.', default: {} },
)

const ProxyProtocol = Type.Object(
  {
    from: Type.Array(Type.String(), {
      minItems: 1,
      description: 'Addresses and CIDRs of the load balancers that send the header.',
    }),
  },
  {
    ...strict,
    description:
      'Takes the client address from a PROXY protocol header, version 1 or 2, with which every connection must begin. A connection from elsewhere, or without a header, is closed.',
  },
)

/** An address that clients connect to, and what they may do there. */
export const Listener = Type.Object(
  {
    host: Type.String({ description: 'The address to listen on.', default: '127.0.0.1' }),
    port: Integer({ description: 'The port; 0 takes a free one.', maximum: 65_535 }),
    tls: Type.Optional(Tls),
    http2: Http2,
    timeouts: Timeouts,
    uploads: Uploads,
    limits: Limits,
    proxyProtocol: Type.Optional(ProxyProtocol),
  },
  { ...strict, description: 'An address that clients connect to.' },
)

export type ListenerSettings = Static<typeof Listener>
export type TlsSettings = Static<typeof Tls>
