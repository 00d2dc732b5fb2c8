import { Type, type Static } from 'typebox'
import { Duration } from '../src/config/units.ts'
import { SluiceError, type Answer } from '../src/errors.ts'
import type { Exchange } from '../src/exchange.ts'
import { addVary, firstValue, type HeaderMap } from '../src/headers.ts'
import { foreignOrigin } from '../src/origin.ts'
import { definePolicy, type PolicyProblem, type RouteInfo } from '../src/policy.ts'

const strings = (pattern: string, expects: string) => Type.String({ pattern, expects })
const header = strings('^[A-Za-z0-9-]+$', 'a header name of letters, digits and "-"')

const settings = Type.Object(
  {
    origins: Type.Array(
      strings('^(\\*|https?://(\\*\\.)?[a-z0-9.-]+(:[0-9]+)?)$', 'an origin such as https://shop.example.com, in lower case and without a path'),
      {
        minItems: 1,
        description: 'Origins whose pages may read the answers: `https://shop.example.com`, `https://*.example.com` for all names below, or `*` for all origins.',
      },
    ),
    methods: Type.Optional(
      Type.Array(strings('^[A-Z-]+$', 'a method in capitals, such as GET'), { minItems: 1, description: "Methods that pages may use. The route's own if left out." }),
    ),
    headers: Type.Array(header, {
      description: 'Request headers that pages may set.',
      default: ['authorization', 'content-type'],
    }),
    exposed: Type.Array(header, {
      description: 'Answer headers that pages may read.',
      default: ['x-request-id', 'ratelimit', 'ratelimit-policy', 'retry-after'],
    }),
    credentials: Type.Boolean({
      description: 'Whether pages may have the browser send its cookies and certificates. Not with the origin `*`. Browsers open WebSockets with them in any case; without this a certificate does not count there.',
      default: false,
    }),
    maxAge: Duration({ description: 'How long browsers may remember the answer to a preflight.', default: '10min' }),
  },
  {
    additionalProperties: false,
    description: "Which web pages may call the route and read its answers. A preflight is answered here, before authentication. A request from another origin gets no CORS headers, so its page can't read the answer; its WebSockets are refused. What a service says itself about CORS is removed.",
  },
)

type Settings = Static<typeof settings>

export const cors = definePolicy({
  name: 'cors',
  key: 'cors',
  unmatched: true,
  shadow: false,
  config: settings,
  check: checkSettings,
  apply(route, settings) {
    if (settings === undefined) return undefined
    const granted = compileGranted(settings)
    const preflight = compilePreflight(settings, route)
    const guard = compileGuard(settings)
    const varies = !settings.origins.includes('*')
    return {
      request(exchange) {
        if (isPreflight(exchange)) return preflight(exchange)
        return exchange.websocket === true ? guard(exchange) : undefined
      },
      answer(exchange, { headers }) {
        if (!isPreflight(exchange)) removeForeign(headers)
        // Also where this answer has none of them: a cache must not give it to a page of another origin.
        if (varies) addVary(headers, 'Origin')
        const origin = firstValue(exchange.headers, 'origin')
        if (origin !== undefined) Object.assign(headers, granted(origin))
      },
    }
  },
})

function checkSettings({ origins, credentials }: Settings): PolicyProblem[] {
  const every = origins.indexOf('*')
  if (every === -1) return []
  const pointer = `/origins/${every}`
  // A browser refuses `*` with credentials, and to name every origin instead would let any page act for its visitor.
  if (credentials) return [{ pointer, message: 'with credentials the origins must be listed, "*" is not enough' }]
  return origins.length > 1 ? [{ pointer, message: '"*" allows every origin, so it must stand alone' }] : []
}

/** A browser's question (Fetch standard, CORS-preflight request). */
function isPreflight({ method, headers }: Exchange): boolean {
  return method === 'OPTIONS' && headers['origin'] !== undefined && headers['access-control-request-method'] !== undefined
}

function compilePreflight({ methods, headers, maxAge, origins }: Settings, route: RouteInfo): (exchange: Exchange) => Answer {
  const common = { vary: 'Access-Control-Request-Method, Access-Control-Request-Headers' }
  const allowed = compileOrigins(origins)
  const answer = {
    ...common,
    'access-control-allow-methods': (methods ?? methodsOf(route)).join(', '),
    'access-control-allow-headers': headers.join(', '),
    'access-control-max-age': String(Math.floor(maxAge / 1000)),
  }
  return (exchange) => {
    const listed = allowed(firstValue(exchange.headers, 'origin') ?? '')
    return { status: 204, headers: { ...(listed ? answer : common) }, body: '' }
  }
}

function methodsOf({ methods }: RouteInfo): readonly string[] {
  if (methods === null) return ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']
  return methods.includes('GET') && !methods.includes('HEAD') ? [...methods, 'HEAD'] : methods
}

/** The headers by which an answer lets a page read it; none for an origin that isn't listed. */
function compileGranted({ origins, credentials, exposed }: Settings): (origin: string) => HeaderMap {
  const allowed = compileOrigins(origins)
  const every = origins.includes('*')
  const rest: HeaderMap = {
    ...(credentials ? { 'access-control-allow-credentials': 'true' } : {}),
    ...(exposed.length > 0 ? { 'access-control-expose-headers': exposed.join(', ') } : {}),
  }
  return (origin) => (allowed(origin) ? { 'access-control-allow-origin': every ? '*' : origin, ...rest } : {})
}

/**
 * A page may open WebSockets to any address, its visitor's cookies included, and read them without CORS (RFC 6455
 * section 10.2); only the server can keep it out.
 */
function compileGuard({ origins }: Settings): (exchange: Exchange) => SluiceError | undefined {
  const allowed = compileOrigins(origins)
  return (exchange) => {
    const origin = foreignOrigin(exchange)
    if (origin === undefined || allowed(origin)) return undefined
    return new SluiceError('CORS_REFUSED', 'Pages of this origin may not open a WebSocket here.')
  }
}

function compileOrigins(origins: readonly string[]): (origin: string) => boolean {
  if (origins.includes('*')) return () => true
  const exact = new Set(origins.filter((origin) => !origin.includes('*')))
  const below = origins.filter((origin) => origin.includes('*')).map((origin) => {
    const [scheme = '', suffix = ''] = origin.split('*')
    return { scheme, suffix }
  })
  return (origin) => exact.has(origin) || below.some(({ scheme, suffix }) => isBelow(origin, scheme, suffix))
}

/** Only whole labels may stand in the place of the `*`, so that no other address can be made to end alike. */
function isBelow(origin: string, scheme: string, suffix: string): boolean {
  if (!origin.startsWith(scheme) || !origin.endsWith(suffix)) return false
  return /^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(origin.slice(scheme.length, -suffix.length))
}

function removeForeign(headers: HeaderMap): void {
  for (const name in headers) if (name.startsWith('access-control-')) headers[name] = undefined
}
