import { Type, type Static } from 'typebox'
import { headerMap, path, strict } from './schema-parts.ts'
import { Duration, Integer, Share, Size } from './units.ts'

/** What timers can wait for at most; a longer time would fire at once. */
const longest = 24 * 86_400_000

const mode = (description: string) => Type.Enum(['enforce', 'shadow'], { description, default: 'enforce' })

const Retry = Type.Object(
  {
    attempts: Integer({ minimum: 1, maximum: 10, description: 'Most tries of one call, the first one included.', default: 2 }),
    on: Type.Array(Type.Enum(['connect', 'reset', 'timeout', 429, 500, 502, 503, 504]), {
      description: 'After what a call is tried again: `connect` before anything was sent, `reset` when the connection ended before any answer, `timeout` of an attempt, and statuses. But for `connect`, only calls whose repetition changes nothing: by their method, or by `idempotencyKey`.',
      default: ['connect', 'reset', 502, 503, 504],
    }),
    backoff: Type.Object(
      {
        from: Duration({ description: 'Longest wait before the first retry; each further one doubles it. The wait is drawn from all times up to it.', default: '25ms', maximum: longest }),
        to: Duration({ description: 'Longest wait of all.', default: '250ms', maximum: longest }),
      },
      { ...strict, description: 'Waits between tries. A `Retry-After` of the service is obeyed where the time left allows it.', default: {} },
    ),
    budget: Share({
      description: "Retries and hedges as a share of the service's calls in the last 10 seconds; up to 10 are always allowed in that time.",
      default: '20%',
    }),
    body: Size({
      description: 'Largest request body that is held so that it can be sent again. It reaches the service when all of it has come.',
      default: '64KiB',
    }),
    idempotencyKey: Type.Boolean({
      description: 'Whether the service honours `Idempotency-Key`: a call that carries one may then be repeated, whatever its method.',
      default: false,
    }),
  },
  { ...strict, description: 'Tries again where nothing can have taken effect.', default: {} },
)

const Breaker = Type.Object(
  {
    window: Duration({ description: 'The time that counts.', default: '10s', minimum: 10, maximum: longest }),
    minimum: Integer({ minimum: 1, description: 'Calls within it before it can open.', default: 20 }),
    failures: Share({ description: 'Share of failed calls from which it opens.', default: '50%' }),
    statuses: Type.Array(Integer({ minimum: 500, maximum: 599, description: 'A status.' }), {
      description: 'Statuses that count as failures, beside timeouts and broken connections.',
      default: [500, 502, 503, 504],
    }),
    slow: Type.Optional(
      Type.Object(
        {
          over: Duration({ description: 'From when on a call is slow.', minimum: 1, maximum: longest }),
          share: Share({ description: 'Share of slow calls from which it opens.', default: '80%' }),
        },
        { ...strict, description: 'Opens for slowness, too.' },
      ),
    ),
    openFor: Duration({ description: 'How long it stays open before calls are let through on trial.', default: '5s', minimum: 1, maximum: longest }),
    trials: Integer({ minimum: 1, description: 'Calls on trial; when all succeed it closes, when one fails it opens again.', default: 3 }),
    mode: mode('In shadow it decides and counts, and lets pass.'),
  },
  { ...strict, description: 'Stops calling a target that fails, one breaker a target. When all are open, calls are answered at once with 503.', default: {} },
)

const Concurrency = Type.Object(
  {
    max: Integer({ minimum: 1, description: 'Most calls that the service works on at a time, from sending to the head of the answer; with `adaptive` the most that it may grow to.', default: 256 }),
    queue: Integer({ minimum: 0, description: 'Most calls that wait for one of these to end; more are answered at once with 503. Once it was full and until it is empty, so are those whose turn comes when they have waited for longer than half of the usual answer time, or 20 ms where that is longer.', default: 128 }),
    adaptive: Type.Boolean({ description: "Learns from the service's latency how many calls it can take at a time, from 4 on. To know the latency without a queue, it now and then gives the service a quarter of that for a moment.", default: false }),
    mode: mode('In shadow it decides and counts, and lets pass.'),
  },
  { ...strict, description: 'Keeps a slow service from taking the gateway with it, and an overloaded one from being overloaded more.', default: {} },
)

const Hedge = Type.Object(
  {
    paths: Type.Array(path('A path at the service, as in `access`.'), { minItems: 1, description: 'Reads (GET, HEAD, QUERY) that may be sent twice.' }),
    after: Share({ description: "Quantile of the service's latest answer times after which the second try is sent.", default: '95%' }),
    least: Duration({ description: 'Shortest wait before it.', default: '10ms', maximum: longest }),
  },
  { ...strict, description: 'Sends a slow read to another target too; the first answer wins, and the other call is given up. Within the retry budget.' },
)

const Fallback = Type.Object(
  {
    stale: Type.Optional(
      Type.Object(
        {
          for: Duration({ description: 'How old an answer may be.', default: '10min', minimum: 1, maximum: longest }),
          size: Size({ description: 'Memory for such answers, headers included; the largest one can have a quarter of it.', default: '16MiB' }),
        },
        {
          ...strict,
          description: 'The last good answer (a whole 200 without `no-store` and without a cookie) to the same GET, and its head to HEAD. The same is what has the same path, headers, identity with all its claims, and credentials; without an identity, the same address.',
        },
      ),
    ),
    service: Type.Optional(Type.String({ description: 'Another service, which is sent the same call, under its own access rules.' })),
    respond: Type.Optional(
      Type.Object(
        {
          status: Integer({ minimum: 200, maximum: 599, description: 'The status.', default: 200 }),
          headers: { ...headerMap('Headers of the answer.'), default: {} },
          json: Type.Optional(Type.Unknown({ description: 'The body as JSON.' })),
          body: Type.Optional(Type.String({ description: 'The body as it stands.' })),
        },
        { ...strict, description: 'A fixed answer.' },
      ),
    ),
  },
  {
    ...strict,
    description: 'What answers a read (GET, HEAD, QUERY) when the service cannot, or answers 500, 502, 503 or 504: the first of stale, service and respond that can. Such an answer says so in `x-sluice-fallback`, and in GraphQL in `extensions.sluice.fallbacks`. Bodies that are streamed have no fallback, nor have WebSockets.',
  },
)

export const resilienceKeys = {
  retry: Retry,
  breaker: Breaker,
  concurrency: Concurrency,
  hedge: Type.Optional(Hedge),
  fallback: Type.Optional(Fallback),
}

export type RetrySettings = Static<typeof Retry>
export type BreakerSettings = Static<typeof Breaker>
export type ConcurrencySettings = Static<typeof Concurrency>
export type HedgeSettings = Static<typeof Hedge>
export type FallbackSettings = Static<typeof Fallback>
