import { Type, type Static } from 'typebox'
import type { Config } from '../src/config/config.ts'
import { suggest } from '../src/config/suggest.ts'
import { Rate } from '../src/config/units.ts'
import { SluiceError } from '../src/errors.ts'
import type { Exchange } from '../src/exchange.ts'
import type { Identity } from '../src/identity.ts'
import { withChallenges } from '../src/identity/challenge.ts'
import { isRecord } from '../src/identity/claim.ts'
import { compileFailureLimit, type FailureLimit } from '../src/identity/failures.ts'
import { credentialHeaders, leaseProviders } from '../src/identity/index.ts'
import type { Provider } from '../src/identity/provider.ts'
import { foreignOrigin } from '../src/origin.ts'
import { definePolicy, type PolicyProblem, type PolicySteps, type RouteInfo, type Verdict } from '../src/policy.ts'

const settings = Type.Object(
  {
    providers: Type.Array(Type.String(), {
      description: 'Identity providers whose credentials count, by name.',
      default: [],
    }),
    required: Type.Boolean({
      description: 'Whether a credential is needed. Otherwise a request without one is anonymous; a bad one is refused all the same.',
      default: true,
    }),
    failures: Rate({
      description: 'Failed attempts that one address (for IPv6: one /64) may make, counted over all routes. Once they are used up, requests with a credential get 429 before it is looked at. An expired token is no failure.',
      default: '20/min',
    }),
  },
  {
    additionalProperties: false,
    description: "Who the client is. Only credentials of the route's own providers count, and only one may be sent: two are 400, and one that none of the route's providers reads is 401. A client certificate counts where no header carries a credential. Credential headers are consumed on every route.",
  },
)

type Settings = Static<typeof settings>

/** 401s that may be guesses. A key that is not known may be one that was published a moment ago. */
const guesses = new Set(['TOKEN_INVALID', 'API_KEY_UNKNOWN'])

export const authenticate = definePolicy({
  name: 'authenticate',
  key: 'auth',
  shadow: false,
  config: settings,
  check: checkSettings,
  apply(route, settings, gateway): PolicySteps | undefined {
    const headers = [...credentialHeaders(gateway.config)]
    if (settings === undefined) return { request: (exchange) => void consume(exchange, headers) }
    const providers = leaseProviders(settings.providers, gateway)
    const failures = compileFailureLimit(settings.failures, gateway)
    const identify = compileIdentify({ providers, required: settings.required, failures, borrows: compileBorrows(route) })
    return { request: (exchange) => identify(exchange, consume(exchange, headers)) }
  },
})

function checkSettings({ providers }: Settings, _route: unknown, { identity }: Config): PolicyProblem[] {
  if (providers.length === 0) return [{ pointer: '', message: 'auth names no providers, so nobody could ever be known' }]
  const known = Object.keys(identity)
  return providers.flatMap((name, index) => {
    if (Object.hasOwn(identity, name)) return []
    return [{ pointer: `/providers/${index}`, message: `no identity provider is called "${name}"${suggest(name, known)}` }]
  })
}

/** Takes the credential headers out of what goes on, and tells which the request has. */
function consume({ headers, consumed }: Exchange, names: readonly string[]): string[] {
  const present = names.filter((name) => headers[name] !== undefined)
  for (const name of present) consumed.add(name)
  return present
}

type Identify = (exchange: Exchange, present: readonly string[]) => Verdict | Promise<Verdict>

interface Parts {
  readonly providers: readonly Provider[]
  readonly required: boolean
  readonly failures: FailureLimit
  readonly borrows: (exchange: Exchange) => SluiceError | undefined
}

function compileIdentify({ providers, required, failures, borrows }: Parts): Identify {
  const readers = Map.groupBy(providers, ({ header }) => header)

  function refuse(error: SluiceError, by?: Provider): SluiceError {
    return withChallenges(error, providers.map((provider) => provider.challenge(provider === by ? error : undefined)))
  }

  function conclude(exchange: Exchange, provider: Provider, result: Identity | SluiceError): Verdict {
    if (!(result instanceof SluiceError)) {
      exchange.identity = result
      return undefined
    }
    if (guesses.has(result.code)) failures.count(exchange.client.address)
    return result.status === 401 ? refuse(result, provider) : result
  }

  /** A certificate says whose connection it is, which counts where no header says who uses it. */
  function identifyConnection(exchange: Exchange): Verdict {
    for (const provider of providers) {
      const result = provider.identify?.(exchange.client)
      if (result !== undefined) return borrows(exchange) ?? conclude(exchange, provider, result)
    }
    return required ? refuse(new SluiceError('UNAUTHENTICATED', 'This route needs a credential.')) : undefined
  }

  return (exchange, present) => {
    if (present.length === 0) return identifyConnection(exchange)
    const [header, ...more] = present.filter((name) => readers.has(name))
    if (more.length > 0) return new SluiceError('BAD_REQUEST', 'The request has several credentials; send one.')
    const blocked = failures.refuse(exchange.client.address)
    if (blocked !== undefined) return blocked
    const found = header === undefined ? undefined : recognise(readers.get(header) ?? [], exchange)
    if (found === undefined) return refuse(new SluiceError('UNAUTHENTICATED', 'This route does not take that kind of credential.'))
    const { provider, credential } = found
    const result = provider.verify(credential)
    if (!(result instanceof Promise)) return conclude(exchange, provider, result)
    return result.then((late) => conclude(exchange, provider, late))
  }
}

/**
 * A browser shows its visitor's certificate whichever page opens a WebSocket, and lets that page read it (RFC 6455
 * section 10.2). A page of another origin needs a route that lists it and takes what browsers send by themselves.
 */
function compileBorrows({ policies: { cors } }: RouteInfo): Parts['borrows'] {
  // What is not listed was refused before.
  if (isRecord(cors) && cors['credentials'] === true) return () => undefined
  return (exchange) => {
    if (exchange.websocket !== true || foreignOrigin(exchange) === undefined) return undefined
    return new SluiceError('CORS_REFUSED', 'Pages of this origin may not open a WebSocket with the certificate of the browser.')
  }
}

/** The provider that a credential is for: the one that it names, else the first that reads its kind. */
function recognise(providers: readonly Provider[], { headers }: Exchange): { provider: Provider; credential: string } | undefined {
  const able = providers.flatMap((provider) => {
    const credential = provider.recognise(headers)
    return credential === undefined ? [] : [{ provider, credential }]
  })
  if (able.length < 2) return able[0]
  return able.find(({ provider, credential }) => provider.owns?.(credential)) ?? able[0]
}
