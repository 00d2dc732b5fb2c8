import { Type, type Static } from 'typebox'
import { headerName } from '../src/config/schema-parts.ts'
import { Duration, Size } from '../src/config/units.ts'
import { SluiceError, type Answer } from '../src/errors.ts'
import type { Exchange } from '../src/exchange.ts'
import { firstValue } from '../src/headers.ts'
import { digestOf, readDigest } from '../src/idempotency/digest.ts'
import { First } from '../src/idempotency/first.ts'
import { Ledger } from '../src/idempotency/ledger.ts'
import type { Mark } from '../src/idempotency/mark.ts'
import { Kept } from '../src/kept.ts'
import { definePolicy, type PolicyProblem, type PolicySteps, type RouteInfo, type Verdict } from '../src/policy.ts'

const settings = Type.Object(
  {
    header: headerName('The header that carries the key.', 'Idempotency-Key'),
    for: Duration({ description: 'How long a key stands for its first request.', default: '24h', minimum: 1 }),
    size: Size({ description: 'Largest body of an answer that is kept.', default: '256KiB' }),
    required: Type.Boolean({ description: 'Whether requests without a key are refused.', default: false }),
    methods: Type.Array(Type.Enum(['POST', 'PATCH', 'PUT', 'DELETE']), {
      minItems: 1,
      description: 'Methods whose keys count.',
      default: ['POST', 'PATCH'],
    }),
  },
  {
    additionalProperties: false,
    description: 'Lets a client send a write again without its being done twice, after draft-ietf-httpapi-idempotency-key-header: for services that do not honour the key themselves. The first answer to a key is kept and given again, marked `idempotency-replayed: true`, also where it was a failure after which nobody knows what the service did. While the first request is under way others get 409, and so they do where its answer was too large or cut short; another request with the same key gets 422. A key is free again where nothing was sent to the service. It counts for one identity (without one, for an address) on one route. With `state: memory` the keys are those of one gateway, up to 100,000, and gone when it ends; a Redis must not evict keys.',
  },
)

type Settings = Static<typeof settings>

/** Longest key, in characters; the draft leaves it to the server. */
const longestKey = 255

export const idempotency = definePolicy({
  name: 'idempotency',
  key: 'idempotency',
  // What would only say that it refuses a duplicate would let it through.
  shadow: false,
  config: settings,
  check: checkSettings,
  apply(route, settings, gateway): PolicySteps | undefined {
    if (settings === undefined) return undefined
    const ledger = new Ledger(gateway, settings.for)
    const firsts = new Kept<First>()
    const keyOf = compileKey(settings)
    return {
      request(exchange) {
        const key = keyOf(exchange)
        if (typeof key !== 'string') return key
        return begin(exchange, storeKey(route, exchange, key), settings, ledger, firsts)
      },
      answer: (exchange, head) => firsts.get(exchange)?.head(head),
      body: (exchange) => firsts.get(exchange)?.body(),
      done: (exchange) => firsts.get(exchange)?.end(),
    }
  },
})

function checkSettings(_settings: Settings, { kind }: RouteInfo): PolicyProblem[] {
  if (kind === 'rest') return []
  return [{ pointer: '', message: 'idempotency is for routes; an operation can make many calls, each of which can carry a key of its own' }]
}

/** Reads the key of a request; undefined where it has none or needs none. */
function compileKey({ header, required, methods }: Settings): (exchange: Exchange) => string | Verdict {
  const name = header.toLowerCase()
  const wanted = new Set<string>(methods)
  return ({ method, headers }) => {
    if (!wanted.has(method)) return undefined
    const key = firstValue(headers, name)
    if (key === undefined) return required ? missing(header) : undefined
    return key === '' || key.length > longestKey ? malformed(header) : key
  }
}

/** Nobody can choose a key that is another's: it is one of this identity, or of this address. */
function storeKey(route: RouteInfo, { identity: { provider, subject }, client }: Exchange, key: string): string {
  const who = subject === null ? [provider, null, client.address] : [provider, subject]
  return `idempotency:${digestOf([route.name, who, key])}`
}

async function begin(
  exchange: Exchange, key: string, { header, size }: Settings, ledger: Ledger, firsts: Kept<First>,
): Promise<Verdict> {
  const request = digestOf([exchange.method, exchange.path, exchange.query])
  const { first, mark } = await ledger.take(key, request)
  if (!first) return mark.request === request ? repeat(exchange, mark, header, ledger) : mismatch(header)
  if (exchange.signal.aborted) {
    // Nobody is left to go on, and `done` was called before there was anything to end.
    await ledger.free({ key, mark })
    return new SluiceError('CLIENT_GONE', 'The client left before the request was taken.')
  }
  firsts.set(exchange, new First(exchange, { key, mark }, ledger, size))
  return undefined
}

/** Gives the first answer again, if it is there and the request is the same. */
async function repeat(exchange: Exchange, mark: Mark, header: string, ledger: Ledger): Promise<Answer | SluiceError> {
  if (mark.outcome === 'open') return underWay(header)
  if (mark.body !== null && mark.body !== await readDigest(exchange)) return mismatch(header)
  const kept = mark.outcome === 'kept' ? await ledger.find(mark) : undefined
  if (kept === undefined) return lost(header)
  exchange.record.fields['idempotency'] = 'replayed'
  return { ...kept, headers: { ...kept.headers, 'idempotency-replayed': 'true' } }
}

function missing(header: string): SluiceError {
  return new SluiceError('BAD_REQUEST', `This route needs the header ${header}: a text that is new for each request, and the same when it is sent again.`)
}

function malformed(header: string): SluiceError {
  return new SluiceError('BAD_REQUEST', `The header ${header} must have 1 to ${longestKey} characters.`)
}

function mismatch(header: string): SluiceError {
  return new SluiceError('IDEMPOTENCY_MISMATCH', `This ${header} was used for another request; send a new one with a new key.`)
}

function underWay(header: string): SluiceError {
  return new SluiceError('IDEMPOTENCY_CONFLICT', `The first request with this ${header} is not known to have ended; try again in a moment.`, {
    headers: { 'retry-after': '1' },
  })
}

function lost(header: string): SluiceError {
  const sentence = `The first request with this ${header} may have taken effect, but its answer is not kept; look what it did before you send it with a new key.`
  return new SluiceError('IDEMPOTENCY_CONFLICT', sentence)
}
